#include "core/http/client.hpp"
#include "core/http/timing.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace std::chrono_literals;

namespace {

// RFC 9110, section 5.6.7.
constexpr const char* example = "Sun, 06 Nov 1994 08:49:37 GMT";
const TimePoint at_example{784111777s};

http::Response answer(const std::string& name, const std::string& value) {
    return {.status = 429, .headers = {{name, value}}};
}

}  // namespace

TEST_CASE("dates of servers", "[http][timing]") {
    CHECK(http::http_date(example) == at_example);
    for (const char* text : {"", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "7",
                             "Sun, 06 Nov 1994 08:49:37 GMT or so"}) {
        CHECK_FALSE(http::http_date(text));
    }
}

TEST_CASE("a server that wants to be left in peace says how long", "[http][timing]") {
    const auto wait = [](const std::string& value) {
        return http::retry_after(answer("retry-after", value), at_example);
    };
    CHECK(wait("0") == 0ms);
    CHECK(wait("120") == 120s);
    CHECK(wait("99999999999") == 24h);
    CHECK(wait(example) == 0ms);
    CHECK(wait("Sun, 06 Nov 1994 08:51:37 GMT") == 120s);
    CHECK(wait("Fri, 31 Dec 2099 23:59:59 GMT") == 24h);
    for (const char* text : {"", "-1", "1.5", "soon", "7 s"}) {
        CHECK_FALSE(wait(text));
    }
}

TEST_CASE("how wrong our clock is by a server's", "[http][timing]") {
    const auto ahead = [](std::chrono::seconds by) {
        return http::clock_ahead(answer("date", example), at_example + by);
    };
    CHECK(ahead(29s) == 0s);
    CHECK(ahead(-29s) == 0s);
    CHECK(ahead(7200s) == 7200s);
    CHECK(ahead(-90s) == -90s);
    CHECK(http::clock_ahead({}, at_example) == 0s);
}
