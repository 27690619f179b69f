#include "core/config/slots.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("a batch has as many slots as are configured, else one per core", "[config]") {
    CHECK(usual_slots({.count = 7}, 2) == 7);
    CHECK(usual_slots({.count = 0}, 2) == 2);
    CHECK(usual_slots({.count = 0}, 0) == 1);
    CHECK(usual_slots({.count = 0}) >= 1);
}
