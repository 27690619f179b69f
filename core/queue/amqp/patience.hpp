#pragma once

#include "core/base/error.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace batch::amqp {

/// The code of an error about a server whose certificate is not to be trusted.
inline constexpr const char* untrusted = "queue_untrusted";

/// Whether it is there, but not for us: the next try soon after would end likewise.
inline bool was_refused(const Error& error) {
    return error.kind() != ErrorKind::unavailable || error.code() == untrusted;
}

/// How long to wait before the next try to connect: longer each time, and never the same for all
/// who have lost the same server.  One thread.
class Patience {
public:
    /// After a failure.  Who was refused by a server that runs waits longer than who found none.
    std::chrono::milliseconds next(bool refused) {
        const std::chrono::milliseconds most{refused ? 30'000 : 2'000};
        wait_ = std::clamp(wait_ * 2, refused ? shortest_refused : shortest, most);
        return std::chrono::milliseconds{
            std::uniform_int_distribution<std::int64_t>(wait_.count() / 2, wait_.count())(random_)};
    }

    void succeeded() noexcept { wait_ = shortest; }

private:
    static constexpr std::chrono::milliseconds shortest{100};
    static constexpr std::chrono::milliseconds shortest_refused{4'000};

    std::chrono::milliseconds wait_ = shortest;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace batch::amqp
