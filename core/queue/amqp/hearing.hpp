#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/os/channel.hpp"
#include "core/queue/amqp/events.hpp"
#include "core/queue/amqp/patience.hpp"
#include "core/queue/amqp/ringing.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/standing.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <thread>

namespace batch::amqp {

/// batchd's consuming connection, on a thread of its own: connects, declares, consumes, answers,
/// and connects anew whatever happens.
class Hearing {
public:
    /// Called on that thread.
    struct Callbacks {
        std::function<void(Received)> deliver;
        std::function<void(QueueNews)> tell;
    };

    Hearing(const QueuePlace& place, const Target& target, int window, Callbacks callbacks,
            Ringing& ringing);

    void acknowledge(const Ticket& ticket) { orders_.send({Order::What::acknowledge, ticket, {}}); }

    void reject(const Ticket& ticket, std::string_view why) {
        orders_.send({Order::What::reject, ticket, std::string(why)});
    }

    void listen(bool wanted) {
        orders_.send({wanted ? Order::What::listen : Order::What::hold, {}, {}});
    }

private:
    struct Order {
        enum class What { acknowledge, reject, listen, hold };
        What what = What::acknowledge;
        Ticket ticket;
        std::string why;
    };

    /// A request of NestJS that waits for its answer.
    struct Request {
        Message message;
        std::string id;
        std::string batch_id;
    };

    class Session;

    void run(const std::stop_token& stop);
    void pause(const std::stop_token& stop, const Error& error);
    void tell_lost(const Error& error);
    void tell_found(const Connection& connection);
    void tell_no_dead();
    void drop_orders();

    QueuePlace place_;
    Target target_;
    int window_;
    Callbacks callbacks_;
    Ringing& ringing_;
    Channel<Order> orders_;
    Patience patience_;
    bool wanted_ = true;
    std::uint64_t connection_no_ = 0;
    std::string last_failure_;
    bool has_told_no_dead_ = false;
    StandingNote note_;
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace batch::amqp
