#include "daemon/plugins/chromium/pulse.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using batch::BootTime;
using batch::chromium::Pulse;
using namespace std::chrono_literals;

TEST_CASE("a browser is asked when it is silent, and lost when it stays so",
          "[plugins][chromium]") {
    const BootTime start{1h};
    Pulse pulse;
    pulse.heard(start);
    CHECK_FALSE(pulse.should_ask(start + 4s));
    CHECK(pulse.next() == start + 5s);
    CHECK(pulse.should_ask(start + 5s));
    CHECK_FALSE(pulse.should_ask(start + 6s));  // once
    CHECK_FALSE(pulse.is_lost(start + 14s));
    CHECK(pulse.next() == start + 15s);
    CHECK(pulse.is_lost(start + 15s));
}

TEST_CASE("any word of a browser will do", "[plugins][chromium]") {
    const BootTime start{1h};
    Pulse pulse;
    pulse.heard(start);
    CHECK(pulse.should_ask(start + 5s));
    pulse.heard(start + 14s);
    CHECK_FALSE(pulse.is_lost(start + 1min));
    CHECK(pulse.should_ask(start + 19s));
}

TEST_CASE("a browser that had nothing to do is asked before it is lost", "[plugins][chromium]") {
    const BootTime start{1h};
    Pulse pulse;
    pulse.heard(start);
    CHECK_FALSE(pulse.is_lost(start + 1h));
    CHECK(pulse.should_ask(start + 1h));
    CHECK_FALSE(pulse.is_lost(start + 1h + 9s));
}
