#include "core/os/signals.hpp"

#include <catch2/catch.hpp>

#include <csignal>

TEST_CASE("signals are read in place of being handled", "[os][signals]") {
    batch::SignalFd signals{SIGUSR1, SIGUSR2};
    CHECK_FALSE(signals.read());
    ::raise(SIGUSR2);
    CHECK(signals.read() == SIGUSR2);
    CHECK_FALSE(signals.read());
}

TEST_CASE("signals have names", "[os][signals]") {
    CHECK(batch::signal_name(SIGKILL) == "KILL");
    CHECK(batch::signal_name(SIGSEGV) == "SEGV");
    CHECK(batch::signal_name(40) == "40");
}
