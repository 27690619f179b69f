#include "core/queue/amqp/hearing.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/poll.hpp"
#include "core/os/signals.hpp"
#include "core/queue/amqp/bytes.hpp"
#include "core/queue/amqp/topology.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace batch::amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 10s;
constexpr auto answers_within = 10s;
constexpr std::string_view consumer_tag = "batchd";

}  // namespace

/// One connection, from the login to its end.
class Hearing::Session {
public:
    explicit Session(Hearing& owner)
        : owner_(owner),
          queue_(queue_name(owner.place_)),
          connection_(owner.target_, owner.place_.program,
                      BootClock::now() + owner.target_.connect_timeout) {
        connection_.open_channel(questions_channel);
        if (owner_.place_.settings.declare) {
            declare(connection_, queue_);
        } else {
            depth_of(connection_, queue_);
            has_dead_ = has_queue(connection_, dead_name(queue_));
        }
        connection_.open_channel(messages_channel);
        amqp_basic_qos(connection_.get(), messages_channel, 0,
                       static_cast<std::uint16_t>(owner_.window_), 0);
        connection_.check_reply("set the prefetch", messages_channel);
        connection_.answer_within(answers_within);
        if (owner_.wanted_) {
            consume();
        }
    }

    const Connection& connection() const { return connection_; }

    /// Whether there is a queue for dead letters of the name that we would give it.
    bool has_dead() const noexcept { return has_dead_; }

    void serve(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            turn();
            if (BootClock::now() >= next_look_) {
                look();
            }
            connection_.wait(owner_.orders_.poll_fd(),
                             std::min(next_look_, owner_.note_.due()) - BootClock::now());
        }
        turn();
    }

    void give_up() { connection_.give_up(); }

private:
    void turn() {
        while (const auto event = events_.next()) {
            take(*event);
        }
        for (const Order& order : owner_.orders_.take()) {
            carry_out(order);
        }
        if (owner_.wanted_ != consuming_) {
            owner_.wanted_ ? consume() : cancel();
        }
        owner_.note_.write({.failure = {}, .unacknowledged = unacknowledged_});
    }

    void consume() {
        amqp_basic_consume(connection_.get(), messages_channel, lend(queue_), lend(consumer_tag), 0,
                           0, 0, amqp_empty_table);
        connection_.check_reply("consume", messages_channel);
        consuming_ = true;
        next_look_ = BootClock::now() + look_every;
    }

    void cancel() {
        amqp_basic_cancel(connection_.get(), messages_channel, lend(consumer_tag));
        connection_.check_reply("stop consuming", messages_channel);
        consuming_ = false;
    }

    void take(const Event& event) {
        if (const auto* const delivered = std::get_if<Delivered>(&event)) {
            take(*delivered);
        } else if (std::holds_alternative<Cancelled>(event)) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{} no longer delivers from queue {}: it was deleted, or its "
                                    "node is gone",
                                    owner_.target_.name(), queue_))
                .with_code("queue_cancelled");
        }
    }

    void take(const Delivered& delivered) {
        const Understood found = understand(delivered.message, owner_.place_.state_id);
        if (found.request_id && !delivered.message.reply_to.empty()) {
            requests_[delivered.tag] = {delivered.message, *found.request_id, found.bell.batch_id};
        }
        if (!found.problem.empty()) {
            tell_unusable(delivered.message, found.problem);
            reject(delivered.tag, found.problem);
            return;
        }
        crash_point("doorbell.heard");
        ++unacknowledged_;
        owner_.callbacks_.deliver({.bell = found.bell,
                                   .ticket = {owner_.connection_no_, delivered.tag},
                                   .is_ours = found.is_ours});
    }

    // Never the body: it may hold anything.
    void tell_unusable(const Message& message, const std::string& problem) {
        owner_.callbacks_.tell(
            {QueueNews::Weight::warning, "message_rejected",
             fmt::format("a message of {} bytes (sha256 {}) {}: {}", message.size,
                         sha256_hex(message.body).substr(0, 16), fate_of_rejected(), problem)});
    }

    /// Where a queue of somebody else sends it nobody tells us.
    std::string fate_of_rejected() const {
        if (owner_.place_.settings.declare) {
            return "goes to " + dead_name(queue_);
        }
        return has_dead_
                   ? fmt::format("is rejected, to {} if the queue or a policy names it",
                                 dead_name(queue_))
                   : "is rejected, and lost unless the queue or a policy names a place for it";
    }

    void carry_out(const Order& order) {
        switch (order.what) {
            case Order::What::listen: owner_.wanted_ = true; return;
            case Order::What::hold: owner_.wanted_ = false; return;
            case Order::What::acknowledge:
                if (order.ticket.connection == owner_.connection_no_) {
                    acknowledge(order.ticket.tag);
                }
                return;
            case Order::What::reject:
                if (order.ticket.connection == owner_.connection_no_) {
                    --unacknowledged_;
                    reject(order.ticket.tag, order.why);
                }
                return;
        }
    }

    void acknowledge(std::uint64_t tag) {
        --unacknowledged_;
        answer(tag, {});
        connection_.acknowledge(messages_channel, tag);
    }

    void reject(std::uint64_t tag, std::string_view why) {
        answer(tag, why);
        connection_.reject(messages_channel, tag);
    }

    void answer(std::uint64_t tag, std::string_view problem) {
        if (const auto found = requests_.find(tag); found != requests_.end()) {
            const Request& request = found->second;
            owner_.ringing_.answer(request.message.reply_to, answer_to(request.message, request.id,
                                                                       request.batch_id, problem));
            requests_.erase(found);
        }
    }

    /// A consumer that no longer consumes is not told of it (rabbitmq-c issue 870): who asks is.
    void look() {
        next_look_ = BootClock::now() + look_every;
        if (depth_of(connection_, queue_).consumers == 0 && consuming_) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{} has forgotten that batchd consumes from queue {}",
                                    owner_.target_.name(), queue_))
                .with_code("queue_forgot");
        }
    }

    Hearing& owner_;
    std::string queue_;
    Connection connection_;
    Events events_{connection_};
    std::map<std::uint64_t, Request> requests_;
    bool has_dead_ = true;
    bool consuming_ = false;
    std::uint32_t unacknowledged_ = 0;
    BootTime next_look_ = BootClock::now() + look_every;
};

Hearing::Hearing(const QueuePlace& place, const Target& target, int window, Callbacks callbacks,
                 Ringing& ringing)
    : place_(place),
      target_(target),
      window_(window),
      callbacks_(std::move(callbacks)),
      ringing_(ringing),
      note_(place.paths),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Hearing::run(const std::stop_token& stop) {
    block_all_signals();
    const std::stop_callback wake(stop, [this] { orders_.wake(); });
    while (!stop.stop_requested()) {
        ++connection_no_;
        std::optional<Session> session;
        try {
            session.emplace(*this);
            tell_found(session->connection());
            if (!session->has_dead()) {
                tell_no_dead();
            }
            session->serve(stop);
        } catch (const Error& error) {
            if (session) {
                session->give_up();
            }
            session.reset();
            tell_lost(error);
            pause(stop, error);
        }
    }
}

void Hearing::pause(const std::stop_token& stop, const Error& error) {
    const BootTime until = BootClock::now() + patience_.next(was_refused(error));
    while (!stop.stop_requested() && BootClock::now() < until) {
        std::array fds{pollfd{orders_.poll_fd(), POLLIN, 0}};
        wait_for_any(fds, until - BootClock::now());
        drop_orders();
    }
}

// Whatever was delivered on the connection that is gone will be delivered again.
void Hearing::drop_orders() {
    for (const Order& order : orders_.take()) {
        if (order.what == Order::What::listen || order.what == Order::What::hold) {
            wanted_ = order.what == Order::What::listen;
        }
    }
}

void Hearing::tell_found(const Connection& connection) {
    patience_.succeeded();
    last_failure_.clear();
    const std::string& version = connection.server_version();
    callbacks_.tell({QueueNews::Weight::info, "queue_connected",
                     fmt::format("{}{}{}: queue {}", target_.name(), version.empty() ? "" : " ",
                                 version, queue_name(place_))});
}

void Hearing::tell_no_dead() {
    if (!std::exchange(has_told_no_dead_, true)) {
        const std::string queue = queue_name(place_);
        callbacks_.tell({QueueNews::Weight::warning, "queue_without_dead",
                         fmt::format("there is no queue {}: what is rejected is lost, unless queue "
                                     "{} or a policy names another place; see: batchctl doctor",
                                     dead_name(queue), queue)});
    }
}

void Hearing::tell_lost(const Error& error) {
    note_.write({.failure = error.what(), .unacknowledged = 0});
    if (last_failure_ == error.what()) {
        return;
    }
    last_failure_ = error.what();
    std::string text = last_failure_;
    if (error.code() == "amqp_406" && text.find("timeout") != std::string::npos) {
        text += " (consumer_timeout in rabbitmq.conf)";
    }
    callbacks_.tell({QueueNews::Weight::warning, "queue_lost",
                     text + "; batches are found without it until it is back"});
}

}  // namespace batch::amqp
