#pragma once

#include "core/base/time.hpp"
#include "core/os/channel.hpp"
#include "core/queue/amqp/publishing.hpp"
#include "core/queue/queue.hpp"

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace batch::amqp {

/// batchd's publishing connection, on a thread of its own: rings for the next chunks and answers
/// requests.  It is opened when there is something to send, and closed when there was nothing for
/// long.
class Ringing {
public:
    /// `unheard` is called on that thread, with the batch of each ring that is not confirmed within
    /// 5 s, or of which nobody knows what became of it.
    Ringing(const QueuePlace& place, const Target& target,
            std::function<void(std::string batch_id)> unheard);

    void ring(const Doorbell& bell) { channel_.send({.bell = bell, .to = {}, .answer = {}}); }

    void answer(const std::string& reply_to, Message message) {
        channel_.send({.bell = {}, .to = reply_to, .answer = std::move(message)});
    }

private:
    struct Order {
        Doorbell bell;
        std::string to;  ///< of an answer
        Message answer;
    };

    struct Ring {
        std::string batch_id;
        BootTime until{};
    };

    void run(const std::stop_token& stop);
    void serve(std::vector<Order> orders);
    void send(const Order& order);
    void pump();
    void give_up();
    std::chrono::nanoseconds patience() const;

    QueuePlace place_;
    Target target_;
    std::function<void(std::string)> unheard_;
    Channel<Order> channel_;
    std::unique_ptr<Publishing> publishing_;
    std::map<std::uint64_t, Ring> rings_;  ///< by tag; not settled
    BootTime last_used_{};
    BootTime next_try_{};
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace batch::amqp
