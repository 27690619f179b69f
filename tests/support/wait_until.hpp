#pragma once

#include <chrono>
#include <thread>

namespace batch::testing {

/// Whether the condition became true in time; for what has no descriptor to wait on.
template <typename Condition>
bool wait_until(Condition&& condition, std::chrono::milliseconds timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace batch::testing
