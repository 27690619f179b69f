#include "core/plugin/frames.hpp"
#include "core/plugin/wire.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace batch;
using namespace std::chrono_literals;

namespace {

Wire shell(const std::string& script) {
    return Wire::start({.argv = {"/bin/sh", "-c", script}});
}

BootTime soon() {
    return BootClock::now() + 5s;
}

}  // namespace

TEST_CASE("lines come one by one, the last also without its end", "[plugin][wire]") {
    Wire wire = shell("printf 'a\\n\\nb'");
    CHECK(wire.next_line(soon()) == "a");
    CHECK(wire.next_line(soon()) == "");
    CHECK(wire.next_line(soon()) == "b");
    CHECK_FALSE(wire.next_line(soon()));
    CHECK(wire.output_ended());
    CHECK(wire.wait_exit(soon())->ok());
}

TEST_CASE("nothing in time is nothing", "[plugin][wire]") {
    Wire wire = shell("sleep 60");
    CHECK_FALSE(wire.next_line(BootClock::now() + 10ms));
    CHECK_FALSE(wire.output_ended());
    CHECK_FALSE(wire.wait_exit(BootClock::now() + 10ms));
}

TEST_CASE("full pipes in both directions do not block", "[plugin][wire]") {
    Wire wire = shell("cat; cat >&2 </dev/zero & sleep 0.1; kill $!");
    const std::string line(1'000'000, 'x');
    for (int i = 0; i < 5; ++i) {
        wire.send(line + "\n");
    }
    wire.close_input();
    for (int i = 0; i < 5; ++i) {
        CHECK(wire.next_line(soon()) == line);
    }
    CHECK_FALSE(wire.next_line(soon()));
    CHECK(wire.stderr_text().size() == std::size_t{64} << 10);
}

TEST_CASE("a plugin that does not read does not stop us", "[plugin][wire]") {
    Wire wire = shell("exec <&-; echo x; exit 3");
    wire.send(std::string(1'000'000, 'x'));
    CHECK(wire.next_line(soon()) == "x");
    CHECK(wire.wait_exit(soon()) == Exit{.code = 3, .signal = 0});
}

TEST_CASE("a process left behind does not hold the end back", "[plugin][wire]") {
    Wire wire = shell("sleep 60 & echo x");
    CHECK(wire.next_line(soon()) == "x");
    CHECK_FALSE(wire.next_line(soon()));
    CHECK(wire.output_ended());
}

TEST_CASE("a line that is too long ends the reading", "[plugin][wire]") {
    Wire wire = shell("head -c 5000000 /dev/zero | tr '\\0' x; sleep 60");
    CHECK_FALSE(wire.next_line(soon()));
    CHECK(wire.line_too_long());
}
