#pragma once

#include "core/queue/amqp/events.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch::amqp {

/// What became of a message.
struct Settlement {
    std::uint64_t tag = 0;
    bool confirmed = false;
    bool unroutable = false;  ///< there is no such queue
};

/// A connection in confirm mode (RabbitMQ, "Publisher Confirms").  Owned by one thread.
/// All throw what Connection throws; then of what was sent and not settled nothing is known.
class Publishing {
public:
    Publishing(const Target& target, std::string_view program, BootTime until);

    /// Sends to a queue; the tag names it until it is settled.
    std::uint64_t send(const std::string& queue, const Message& message);

    /// Sends a message that has come and was not meant for its end: with the properties it came
    /// with.
    std::uint64_t send_again(const std::string& queue, const Message& message);

    /// Sends an answer, of which nobody wants to know what becomes of it.
    void send_answer(const std::string& reply_to, const Message& message);

    /// Sends a message that no queue takes: it is confirmed all the same.
    std::uint64_t send_probe();

    /// Takes what has come, or waits for it; `wakeup` ends the wait too.
    void pump(int wakeup, std::chrono::nanoseconds timeout);

    /// Waits until all are settled, or for so long.
    void await_all(BootTime until);

    /// Waits for one; absent if nobody knows by then.
    std::optional<Settlement> await(std::uint64_t tag, BootTime until);

    std::vector<Settlement> take_settled() { return std::exchange(settled_, {}); }

    /// Why the server takes nothing for now; empty: it does.
    const std::string& blocked() const noexcept { return blocked_; }

    Connection& connection() noexcept { return connection_; }

private:
    struct Sent {
        std::string message_id;
        bool returned = false;
        bool awaited = true;
    };

    std::uint64_t publish(const std::string& routing_key, const Message& message, bool mandatory);
    std::uint64_t publish(const std::string& routing_key, const std::string& body,
                          const amqp_basic_properties_t& properties, bool mandatory);
    void take(const Event& event);
    void settle(std::map<std::uint64_t, Sent>::iterator sent, bool taken);

    Connection connection_;
    Events events_{connection_};
    std::uint64_t last_tag_ = 0;
    std::map<std::uint64_t, Sent> sent_;  ///< and not settled
    std::vector<Settlement> settled_;
    std::string blocked_;
};

}  // namespace batch::amqp
