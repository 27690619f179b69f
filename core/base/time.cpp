#include "core/base/time.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>

namespace batch {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t millis;
};

constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes the number at the front of the text away from it.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t number = 0;
    if (text.empty() || !is_digit(text.front())) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc{} ? std::optional(number) : std::nullopt;
}

/// Takes the unit away: an index into `units`.
std::optional<std::size_t> take_unit(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && !is_digit(text[size])) {
        ++size;
    }
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (units[i].name == text.substr(0, size)) {
            text.remove_prefix(size);
            return i;
        }
    }
    return std::nullopt;
}

/// Units may stand only once, from large to small.
std::optional<Millis> read_duration(std::string_view text) {
    if (text == "0") {
        return Millis{0};
    }
    std::int64_t total = 0;
    std::size_t first_unit = 0;
    do {
        const auto number = take_number(text);
        const auto unit = number ? take_unit(text) : std::nullopt;
        if (!unit || *unit < first_unit) {
            return std::nullopt;
        }
        first_unit = *unit + 1;
        const std::int64_t millis = units[*unit].millis;
        if (*number > (std::numeric_limits<std::int64_t>::max() - total) / millis) {
            return std::nullopt;
        }
        total += *number * millis;
    } while (!text.empty());
    return Millis{total};
}

/// The fields of a date and time of day, as they stand in the text.
struct Fields {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

/// Takes exactly `digits` digits away, and the separator behind them unless it is 0.
std::optional<int> take_field(std::string_view& text, std::size_t digits, char separator) {
    const std::size_t size = digits + (separator == 0 ? 0 : 1);
    if (text.size() < size) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    if (separator != 0 && text[digits] != separator &&
        !(separator == 'T' && (text[digits] == 't' || text[digits] == ' '))) {
        return std::nullopt;
    }
    text.remove_prefix(size);
    return value;
}

std::optional<Fields> take_fields(std::string_view& text) {
    const auto year = take_field(text, 4, '-');
    const auto month = year ? take_field(text, 2, '-') : std::nullopt;
    const auto day = month ? take_field(text, 2, 'T') : std::nullopt;
    const auto hour = day ? take_field(text, 2, ':') : std::nullopt;
    const auto minute = hour ? take_field(text, 2, ':') : std::nullopt;
    const auto second = minute ? take_field(text, 2, 0) : std::nullopt;
    if (!second || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    return Fields{
        *year, static_cast<unsigned>(*month), static_cast<unsigned>(*day), *hour, *minute, *second};
}

/// ".123456" in milliseconds, cut off; nothing there is 0.
std::optional<Millis> take_fraction(std::string_view& text) {
    Millis millis{0};
    if (text.empty() || text.front() != '.') {
        return millis;
    }
    text.remove_prefix(1);
    std::size_t size = 0;
    for (std::int64_t weight = 100; size < text.size() && is_digit(text[size]); weight /= 10) {
        millis += Millis{weight * (text[size] - '0')};
        ++size;
    }
    text.remove_prefix(size);
    return size == 0 ? std::nullopt : std::optional(millis);
}

/// "Z" or "+01:00", and nothing else up to the end.
std::optional<std::chrono::minutes> read_offset(std::string_view text) {
    if (text == "Z" || text == "z") {
        return std::chrono::minutes{0};
    }
    if (text.size() != 6 || (text.front() != '+' && text.front() != '-')) {
        return std::nullopt;
    }
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto hours = take_field(text, 2, ':');
    const auto minutes = hours ? take_field(text, 2, 0) : std::nullopt;
    if (!minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

std::optional<TimePoint> read_rfc3339(std::string_view text) {
    const auto fields = take_fields(text);
    const auto fraction = fields ? take_fraction(text) : std::nullopt;
    const auto offset = fraction ? read_offset(text) : std::nullopt;
    if (!offset) {
        return std::nullopt;
    }
    const auto date = std::chrono::year{fields->year} / std::chrono::month{fields->month} /
                      std::chrono::day{fields->day};
    if (!date.ok()) {
        return std::nullopt;
    }
    return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{fields->hour} +
           std::chrono::minutes{fields->minute} + std::chrono::seconds{fields->second} + *fraction -
           *offset;
}

/// "2026-11-22", with "18:45" or "18:45:21" behind it, in the local time zone.
std::optional<TimePoint> read_local(std::string_view text) {
    constexpr std::string_view midnight = "2026-11-22T00:00:00";
    const bool is_cut = text.size() == 10 || text.size() == 16;
    std::string full(text);
    full += is_cut ? midnight.substr(text.size()) : "";
    std::string_view rest = full;
    const auto fields = take_fields(rest);
    if (!fields || !rest.empty()) {
        return std::nullopt;
    }
    std::tm local{};
    local.tm_year = fields->year - 1900;
    local.tm_mon = static_cast<int>(fields->month) - 1;
    local.tm_mday = static_cast<int>(fields->day);
    local.tm_hour = fields->hour;
    local.tm_min = fields->minute;
    local.tm_sec = fields->second;
    local.tm_isdst = -1;
    const std::tm wanted = local;
    const std::time_t time = std::mktime(&local);
    // Of February 30th mktime makes March 2nd.
    if (time == -1 || local.tm_mday != wanted.tm_mday || local.tm_mon != wanted.tm_mon) {
        return std::nullopt;
    }
    return TimePoint{std::chrono::seconds{time}};
}

std::tm fields_of(TimePoint time, Zone zone) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    const std::time_t value = seconds;
    std::tm fields{};
    if (zone == Zone::local) {
        localtime_r(&value, &fields);
    } else {
        gmtime_r(&value, &fields);
    }
    return fields;
}

/// The two largest units from `first` on, the second only if it is not 0.
std::string two_units(std::int64_t millis, std::size_t first) {
    const Unit& large = units[first];
    const Unit& small = units[first + 1];
    const std::int64_t rest = millis % large.millis / small.millis;
    std::string text = fmt::format("{}{}", millis / large.millis, large.name);
    return rest == 0 ? text : text + fmt::format("{}{}", rest, small.name);
}

}  // namespace

BootClock::time_point BootClock::now() noexcept {
    std::timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time_point{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

TimePoint now() noexcept {
    return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

Millis parse_duration(std::string_view text, std::string_view what) {
    if (const auto duration = read_duration(text)) {
        return *duration;
    }
    throw Error(
        ErrorKind::usage,
        fmt::format(R"({}: "{}" is no duration; write 500ms, 30s, 5m, 2h, 7d)", what, text));
}

std::string exact(Millis duration) {
    std::int64_t rest = duration.count();
    std::string text;
    for (const Unit& unit : units) {
        if (const std::int64_t number = rest / unit.millis; number != 0) {
            text += fmt::format("{}{}", number, unit.name);
            rest %= unit.millis;
        }
    }
    return text.empty() ? "0" : text;
}

std::string brief(Millis duration) {
    const std::int64_t millis = duration.count();
    if (millis < 100) {
        return fmt::format("{}ms", millis);
    }
    // What would be shown as "10.0s" and "60s" is shown as the next form shows it.
    if (millis < 9'950) {
        return fmt::format("{:.1f}s", static_cast<double>(millis) / 1000);
    }
    const std::int64_t rounded = (millis + 500) / 1000 * 1000;
    if (rounded < 60'000) {
        return fmt::format("{}s", rounded / 1000);
    }
    const std::size_t first = rounded >= units[0].millis ? 0 : rounded >= units[1].millis ? 1 : 2;
    return two_units(rounded, first);
}

std::string coarse(Millis duration) {
    const auto millis = std::max<std::int64_t>(0, duration.count());
    if (millis < 60'000) {
        return fmt::format("{}s", millis / 1'000);
    }
    if (millis < 3'600'000) {
        return fmt::format("{}m", millis / 60'000);
    }
    return two_units(millis, millis >= units[0].millis ? 0 : 1);
}

std::string spoken(Millis duration) {
    const auto seconds = std::max<std::int64_t>(0, duration.count()) / 1'000;
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 3'600) {
        return fmt::format("{} min", seconds / 60);
    }
    const auto days = seconds / 86'400;
    return days == 0 ? fmt::format("{} h", seconds / 3'600)
                     : fmt::format("{} {}", days, days == 1 ? "day" : "days");
}

std::string rfc3339(TimePoint time) {
    const std::tm fields = fields_of(time, Zone::utc);
    const auto millis = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", fields.tm_year + 1900,
                       fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                       fields.tm_sec, millis);
}

TimePoint parse_rfc3339(std::string_view text) {
    if (const auto time = read_rfc3339(text)) {
        return *time;
    }
    throw Error(ErrorKind::usage,
                fmt::format(R"("{}" is no time; write 2026-11-22T18:45:21Z)", text));
}

TimePoint parse_time(std::string_view text, std::string_view what) {
    if (const auto time = read_rfc3339(text)) {
        return *time;
    }
    if (const auto time = read_local(text)) {
        return *time;
    }
    throw Error(ErrorKind::usage,
                fmt::format(R"({}: "{}" is no time; write 2h for two hours, 2026-11-22, )"
                            R"("2026-11-22 18:45" or 2026-11-22T18:45:21Z)",
                            what, text));
}

std::string calendar(TimePoint time, Zone zone) {
    const std::tm fields = fields_of(time, zone);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", fields.tm_year + 1900,
                       fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                       fields.tm_sec);
}

}  // namespace batch
