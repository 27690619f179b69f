#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace batch {

using Millis = std::chrono::milliseconds;

/// Wall clock, UTC, in milliseconds: what is stored.
using TimePoint = std::chrono::sys_time<Millis>;

/// Counts while the machine sleeps and never jumps: deadlines, backoffs and durations
/// (CLOCK_BOOTTIME, clock_gettime(2)).
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
    static time_point now() noexcept;
};

using BootTime = BootClock::time_point;

TimePoint now() noexcept;

/// "500ms", "30s", "5m", "2h", "7d", "1h30m"; a bare number only if it is 0.
/// Throws Error{usage}, naming `what`.
Millis parse_duration(std::string_view text, std::string_view what);

/// The shortest exact form that parse_duration() reads: "1h30m", "500ms", "0".
std::string exact(Millis duration);

/// For people, in at most two units: "38ms", "0.4s", "2.1s", "24s", "3m", "1h5m", "2d".
std::string brief(Millis duration);

/// For people, where a guess or an age is enough: "0s", "24s", "3m", "1h5m", "2d4h".
std::string coarse(Millis duration);

/// In words: "40 s", "3 min", "5 h", "2 days".
std::string spoken(Millis duration);

/// "2026-11-22T18:45:21.123Z".
std::string rfc3339(TimePoint time);

/// The inverse, also of other offsets than Z; throws Error{usage} otherwise.
TimePoint parse_rfc3339(std::string_view text);

/// What a person types for a time: that, or "2026-11-22", "2026-11-22 18:45[:21]" of the local
/// zone. Throws Error{usage}, naming `what`.
TimePoint parse_time(std::string_view text, std::string_view what);

/// "2026-11-22 18:45:52" in the local time zone, or in UTC.
enum class Zone { local, utc };
std::string calendar(TimePoint time, Zone zone);

}  // namespace batch
