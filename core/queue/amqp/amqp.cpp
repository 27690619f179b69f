// RabbitMQ: rings through a broker, so that several programs can share the work.

#include "core/base/error.hpp"
#include "core/os/channel.hpp"
#include "core/queue/amqp/administering.hpp"
#include "core/queue/amqp/hearing.hpp"
#include "core/queue/amqp/ringing.hpp"
#include "core/queue/amqp/target.hpp"
#include "core/queue/amqp/topology.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

#include <variant>

namespace batch {
namespace amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto publish_within = 5s;

class AmqpPublisher final : public Publisher {
public:
    explicit AmqpPublisher(const QueuePlace& place) : place_(place), target_(target_of(place)) {}

    Heard publish(const Doorbell& bell) override {
        const BootTime until = BootClock::now() + publish_within;
        try {
            Settlement settled = publish(bell, until);
            if (settled.unroutable && place_.settings.declare) {
                // Nobody has it, so this is no repetition.
                connection().answer_within(until - BootClock::now());
                connection().open_channel(questions_channel);
                declare(connection(), queue_name(place_));
                settled = publish(bell, until);
            }
            return heard(settled);
        } catch (const Error& error) {
            if (publishing_) {
                publishing_->connection().give_up();
                publishing_.reset();
            }
            return {.failure = error.what()};
        }
    }

private:
    Connection& connection() { return publishing_->connection(); }

    /// What became of it; with tag 0 nobody knows.
    Settlement publish(const Doorbell& bell, BootTime until) {
        if (!publishing_) {
            publishing_ = std::make_unique<Publishing>(
                target_, place_.program,
                std::min(until, BootClock::now() + target_.connect_timeout));
        }
        const auto tag = publishing_->send(queue_name(place_), doorbell_message(bell, place_));
        return publishing_->await(tag, until).value_or(Settlement{});
    }

    Heard heard(const Settlement& settled) {
        if (settled.confirmed) {
            return {.confirmed = true};
        }
        if (settled.unroutable) {
            return {.failure =
                        fmt::format("{} has no queue {}", target_.name(), queue_name(place_))};
        }
        if (settled.tag != 0) {
            return {.failure = fmt::format("{} did not take the message: queue {} is full, or has "
                                           "lost its leader",
                                           target_.name(), queue_name(place_))};
        }
        const std::string blocked = publishing_->blocked();
        publishing_->connection().give_up();
        publishing_.reset();
        return {.failure = blocked.empty()
                               ? target_.name() + " did not confirm within 5s"
                               : fmt::format("{} takes no messages: {}", target_.name(), blocked)};
    }

    QueuePlace place_;
    Target target_;
    std::unique_ptr<Publishing> publishing_;
};

class AmqpConsumer final : public Consumer {
public:
    AmqpConsumer(const QueuePlace& place, int window)
        : AmqpConsumer(place, window, target_of(place)) {}

    int poll_fd() const override { return arrivals_.poll_fd(); }

    Arrivals take() override {
        Arrivals arrivals;
        for (Arrival& each : arrivals_.take()) {
            if (auto* const delivery = std::get_if<Received>(&each)) {
                arrivals.received.push_back(std::move(*delivery));
            } else if (auto* const unheard = std::get_if<std::string>(&each)) {
                arrivals.unheard.push_back(std::move(*unheard));
            } else {
                arrivals.news.push_back(std::move(std::get<QueueNews>(each)));
            }
        }
        return arrivals;
    }

    void acknowledge(const Ticket& ticket) override { hearing_.acknowledge(ticket); }

    void reject(const Ticket& ticket, std::string_view why) override {
        hearing_.reject(ticket, why);
    }

    void ring(const Doorbell& bell) override { ringing_.ring(bell); }

    void listen(bool wanted) override { hearing_.listen(wanted); }

private:
    using Arrival = std::variant<Received, std::string, QueueNews>;

    AmqpConsumer(const QueuePlace& place, int window, const Target& target)
        : ringing_(place, target,
                   [this](std::string batch_id) { arrivals_.send(std::move(batch_id)); }),
          hearing_(place, target, window,
                   {.deliver = [this](Received delivery) { arrivals_.send(std::move(delivery)); },
                    .tell = [this](QueueNews news) { arrivals_.send(std::move(news)); }},
                   ringing_) {}

    Channel<Arrival> arrivals_;
    Ringing ringing_;
    Hearing hearing_;
};

void check(const Settings::Queue& settings) {
    target_of({.settings = settings, .paths = {}, .state_id = {}, .program = {}});
}

std::unique_ptr<Publisher> publisher(const QueuePlace& place) {
    return std::make_unique<AmqpPublisher>(place);
}

std::unique_ptr<Consumer> consumer(const QueuePlace& place, int window) {
    return std::make_unique<AmqpConsumer>(place, window);
}

}  // namespace
}  // namespace amqp

extern const QueueBackend amqp_queue;
constinit const QueueBackend amqp_queue{
    .scheme = "amqp",
    .secure_scheme = "amqps",
    .summary = "RabbitMQ",
    .check = amqp::check,
    .publisher = amqp::publisher,
    .consumer = amqp::consumer,
    .administration = amqp::administration,
};

}  // namespace batch
