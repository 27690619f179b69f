#include "core/base/uuid.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace batch;
using namespace std::chrono_literals;

TEST_CASE("a UUID of version 7 begins with its millisecond", "[base][uuid]") {
    const std::string uuid = uuid_v7(TimePoint{0x0123456789ABms});
    CHECK(uuid.starts_with("01234567-89ab-7"));
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    CHECK(is_uuid(uuid));
}

TEST_CASE("UUIDs made in the same millisecond sort in the order of making", "[base][uuid]") {
    const TimePoint time = now();
    std::string last = uuid_v7(time - 1h);
    for (int i = 0; i < 2000; ++i) {
        const std::string next = uuid_v7(time);
        REQUIRE(last < next);
        last = next;
    }
}

TEST_CASE("only UUIDs in lower case are taken for UUIDs", "[base][uuid]") {
    CHECK(is_uuid("01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4"));
    CHECK_FALSE(is_uuid("01A20461-0c1a-7b44-a1d8-19e4c2f0d9e4"));
    CHECK_FALSE(is_uuid("01a20461-0c1a-7b44-a1d8-19e4c2f0d9e"));
    CHECK_FALSE(is_uuid("01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4x"));
    CHECK_FALSE(is_uuid("01a20461-0c1a-7b44-a1d8x19e4c2f0d9e4"));
    CHECK_FALSE(is_uuid(""));
}

TEST_CASE("random bytes are two digits each and differ", "[base][uuid]") {
    CHECK(random_hex(0).empty());
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string text = random_hex(16);
        CHECK(text.size() == 32);
        CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
        seen.insert(text);
    }
    CHECK(seen.size() == 100);
}
