#include "core/base/place.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("a place counts lines, and characters in its line", "[base][place]") {
    const Place start{.file = "f", .line = 5, .column = 3};
    CHECK(place_behind(start, "") == start);
    CHECK(place_behind(start, "üx") == Place{.file = "f", .line = 5, .column = 5});
    CHECK(place_behind(start, "a\n\nü") == Place{.file = "f", .line = 7, .column = 2});
    CHECK(place_in("ab\ncd", 4, start) == Place{.file = "f", .line = 6, .column = 2});
    CHECK(place_in("ab\ncd", 1, start) == Place{.file = "f", .line = 5, .column = 2});
}
