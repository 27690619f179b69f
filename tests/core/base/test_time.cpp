#include "core/base/error.hpp"
#include "core/base/time.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

using namespace batch;
using namespace std::chrono_literals;

TEST_CASE("durations are read with their units", "[base][time]") {
    CHECK(parse_duration("500ms", "--backoff") == 500ms);
    CHECK(parse_duration("30s", "--backoff") == 30s);
    CHECK(parse_duration("5m", "--backoff") == 5min);
    CHECK(parse_duration("2h", "--backoff") == 2h);
    CHECK(parse_duration("7d", "--backoff") == 7 * 24h);
    CHECK(parse_duration("1h30m", "--backoff") == 90min);
    CHECK(parse_duration("1m500ms", "--backoff") == 60500ms);
    CHECK(parse_duration("0", "--backoff") == 0ms);
    CHECK(parse_duration("0s", "--backoff") == 0ms);
}

TEST_CASE("what is no duration is refused by name", "[base][time]") {
    const auto* text = GENERATE("", "5", "5x", "-5s", "1.5s", "s", "5s ", " 5s", "5m1h", "5s5s",
                                "00", "99999999999999999999s", "9999999999999999d", "5 s", "5S");
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text, "--backoff"), Error);
    CHECK_THROWS_WITH(parse_duration("5x", "--backoff"),
                      "--backoff: \"5x\" is no duration; write 500ms, 30s, 5m, 2h, 7d");
}

TEST_CASE("the exact form of a duration reads back", "[base][time]") {
    CHECK(exact(0ms) == "0");
    CHECK(exact(90min) == "1h30m");
    CHECK(exact(500ms) == "500ms");
    CHECK(exact(60500ms) == "1m500ms");
    CHECK(exact(49h) == "2d1h");
    for (const Millis duration : {1ms, 999ms, 86'399'999ms, 90'061'001ms}) {
        CHECK(parse_duration(exact(duration), "x") == duration);
    }
}

TEST_CASE("people read durations in at most two units", "[base][time]") {
    CHECK(brief(0ms) == "0ms");
    CHECK(brief(38ms) == "38ms");
    CHECK(brief(400ms) == "0.4s");
    CHECK(brief(2149ms) == "2.1s");
    CHECK(brief(9949ms) == "9.9s");
    CHECK(brief(9950ms) == "10s");
    CHECK(brief(24s) == "24s");
    CHECK(brief(59'700ms) == "1m");
    CHECK(brief(3min) == "3m");
    CHECK(brief(190s) == "3m10s");
    CHECK(brief(3'599'900ms) == "1h");
    CHECK(brief(65min) == "1h5m");
    CHECK(brief(48h) == "2d");
    CHECK(brief(51h) == "2d3h");
}

TEST_CASE("guesses and ages are coarse", "[base][time]") {
    CHECK(coarse(-1s) == "0s");
    CHECK(coarse(999ms) == "0s");
    CHECK(coarse(59'900ms) == "59s");
    CHECK(coarse(190s) == "3m");
    CHECK(coarse(65min) == "1h5m");
    CHECK(coarse(52h + 59min) == "2d4h");
    CHECK(spoken(40'999ms) == "40 s");
    CHECK(spoken(3min + 59s) == "3 min");
    CHECK(spoken(2h) == "2 h");
    CHECK(spoken(25h) == "1 day");
    CHECK(spoken(72h) == "3 days");
}

TEST_CASE("times are written and read in RFC 3339", "[base][time]") {
    const TimePoint time{1'795'373'121'123ms};
    CHECK(rfc3339(time) == "2026-11-22T18:45:21.123Z");
    CHECK(parse_rfc3339("2026-11-22T18:45:21.123Z") == time);
    CHECK(parse_rfc3339("2026-11-22 19:45:21.1239+01:00") == time);
    CHECK(parse_rfc3339("2026-11-22t18:45:21z") == time - 123ms);
    CHECK(parse_rfc3339("2024-02-29T23:59:60-00:30") == parse_rfc3339("2024-03-01T00:30:00Z"));
    CHECK(rfc3339(TimePoint{-1ms}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("what is no time is refused", "[base][time]") {
    const auto* text =
        GENERATE("", "tomorrow", "2026-11-22", "2026-11-22T18:45:21", "2026-02-29T00:00:00Z",
                 "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T18:45:21.Z",
                 "2026-11-22T18:45:21Zx", "2026-11-22T18:45:21+0100", "2026/11/22T18:45:21Z");
    INFO(text);
    CHECK_THROWS_AS(parse_rfc3339(text), Error);
}

TEST_CASE("people read times in their own zone", "[base][time]") {
    setenv("TZ", "CET-1", 1);
    tzset();
    const TimePoint time = parse_rfc3339("2026-11-22T18:45:52.999Z");
    CHECK(calendar(time, Zone::utc) == "2026-11-22 18:45:52");
    CHECK(calendar(time, Zone::local) == "2026-11-22 19:45:52");
    unsetenv("TZ");
    tzset();
}

TEST_CASE("what people type for a time is in their own zone", "[base][time]") {
    setenv("TZ", "CET-1", 1);
    tzset();
    CHECK(parse_time("2026-11-22T18:45:21Z", "--since") ==
          parse_rfc3339("2026-11-22T18:45:21.000Z"));
    CHECK(parse_time("2026-11-22", "--since") == parse_rfc3339("2026-11-21T23:00:00Z"));
    CHECK(parse_time("2026-11-22 18:45", "--since") == parse_rfc3339("2026-11-22T17:45:00Z"));
    CHECK(parse_time("2026-11-22T18:45:21", "--since") == parse_rfc3339("2026-11-22T17:45:21Z"));
    unsetenv("TZ");
    tzset();
    for (const auto* const text : {"", "yesterday", "2026-02-30", "2026-11-22 18", "18:45",
                                   "2026-11-22 18:45 ", "2026-13-01", "2026-11-221"}) {
        INFO(text);
        CHECK_THROWS_WITH(parse_time(text, "--since"), Catch::StartsWith("--since: \""));
    }
}

TEST_CASE("both clocks go on", "[base][time]") {
    const auto before = BootClock::now();
    CHECK(BootClock::now() >= before);
    CHECK(now() > parse_rfc3339("2024-01-01T00:00:00Z"));
}
