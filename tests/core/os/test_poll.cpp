#include "core/os/fd.hpp"
#include "core/os/poll.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include <pthread.h>

using namespace batch;
using namespace std::chrono_literals;

TEST_CASE("a wait ends with its timeout or a descriptor", "[os][poll]") {
    const Pipe pipe = make_pipe();
    pollfd fd{.fd = pipe.read.get(), .events = POLLIN, .revents = 0};
    CHECK_FALSE(wait_for_any({&fd, 1}, 0s));
    CHECK_FALSE(wait_for_any({&fd, 1}, 2ms));
    CHECK_FALSE(wait_for_any({&fd, 1}, -5ms));
    write_all(pipe.write.get(), "x");
    CHECK(wait_for_any({&fd, 1}, std::nullopt));
    CHECK((fd.revents & POLLIN) != 0);
}

TEST_CASE("a signal does not end a wait", "[os][poll]") {
    struct sigaction nothing {};

    nothing.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &nothing, nullptr);
    const pthread_t waiting = ::pthread_self();
    const auto start = std::chrono::steady_clock::now();
    std::jthread disturb{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            ::pthread_kill(waiting, SIGUSR1);
            std::this_thread::yield();
        }
    }};
    CHECK_FALSE(wait_for_any({}, 20ms));
    CHECK(std::chrono::steady_clock::now() - start >= 20ms);
}
