#include "daemon/clock_watch.hpp"

#include <catch2/catch.hpp>

namespace batch {
namespace {

using namespace std::chrono_literals;

TEST_CASE("only a clock that was set back is noticed", "[daemon]") {
    ClockWatch watch;
    TimePoint wall{1000h};
    BootTime boot{5h};
    CHECK_FALSE(watch.was_set_back(wall, boot));
    CHECK_FALSE(watch.was_set_back(wall += 1s, boot += 1s));
    CHECK_FALSE(watch.was_set_back(wall += 20ms, boot += 900ms));  // slewed
    CHECK_FALSE(watch.was_set_back(wall += 2h, boot += 1s));
    CHECK(watch.was_set_back(wall -= 1h, boot += 1s));
    CHECK_FALSE(watch.was_set_back(wall += 1s, boot += 1s));
}

}  // namespace
}  // namespace batch
