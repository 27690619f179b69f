// RabbitMQ: rings through a broker, so that several programs can share the work.

#include "core/base/error.hpp"
#include "core/os/channel.hpp"
#include "core/queue/amqp/administering.hpp"
#include "core/queue/amqp/ahead.hpp"
#include "core/queue/amqp/hearing.hpp"
#include "core/queue/amqp/ringing.hpp"
#include "core/queue/amqp/target.hpp"
#include "core/queue/amqp/topology.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <variant>

namespace batch {
namespace amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto publish_within = 5s;

class AmqpPublisher final : public Publisher {
public:
    explicit AmqpPublisher(const QueuePlace& place) : place_(place), target_(target_of(place)) {}

    // TLS is left to publish(): OpenSSL takes itself down when the process ends, which must not
    // happen while another thread is in it.
    void connect_ahead() override {
        if (publishing_ || target_.secure) {
            return;
        }
        try {
            ahead_.emplace(target_, place_.program);
        } catch (const std::system_error&) {
            ahead_.reset();  // there is no thread to be had
        }
    }

    std::vector<Heard> publish(const std::vector<Doorbell>& bells) override {
        const BootTime until = BootClock::now() + publish_within;
        std::vector<Ring> rings;
        for (const Doorbell& bell : bells) {
            rings.push_back({.bell = &bell, .became = {}});
        }
        std::string failure;
        try {
            ring(rings, until);
            if (place_.settings.declare && std::ranges::any_of(rings, is_unroutable)) {
                // Nobody has these, so this is no repetition.
                connection().answer_within(until - BootClock::now());
                connection().open_channel(questions_channel);
                declare(connection(), queue_name(place_));
                ring(rings, until);
            }
            failure = give_up_if_unanswered(rings);
        } catch (const Error& error) {
            note_settled(rings);
            give_up();
            failure = error.what();
        }
        std::vector<Heard> heard;
        for (const Ring& each : rings) {
            heard.push_back(heard_of(each.became, failure));
        }
        return heard;
    }

private:
    /// One of those that are rung for together.
    struct Ring {
        const Doorbell* bell = nullptr;
        std::uint64_t tag = 0;
        Settlement became;  ///< with tag 0 nobody knows
    };

    static bool is_unroutable(const Ring& ring) { return ring.became.unroutable; }

    Connection& connection() { return publishing_->connection(); }

    /// Sends those that have not been sent, or went nowhere, and waits for what becomes of them.
    void ring(std::vector<Ring>& rings, BootTime until) {
        if (!publishing_ && ahead_) {
            publishing_ = ahead_->take(until);
            ahead_.reset();
        }
        if (!publishing_) {
            publishing_ = std::make_unique<Publishing>(
                target_, place_.program,
                std::min(until, BootClock::now() + target_.connect_timeout));
        }
        for (Ring& each : rings) {
            if (each.tag == 0 || each.became.unroutable) {
                each.became = {};
                each.tag =
                    publishing_->send(queue_name(place_), doorbell_message(*each.bell, place_));
            }
        }
        publishing_->await_all(until);
        note_settled(rings);
    }

    void note_settled(std::vector<Ring>& rings) {
        if (publishing_ == nullptr) {
            return;
        }
        for (const Settlement& settled : publishing_->take_settled()) {
            const auto found = std::ranges::find(rings, settled.tag, &Ring::tag);
            if (found != rings.end()) {
                found->became = settled;
            }
        }
    }

    /// Of what has not been confirmed by now nothing will be known on a later connection either.
    std::string give_up_if_unanswered(const std::vector<Ring>& rings) {
        if (std::ranges::none_of(rings, [](const Ring& each) { return each.became.tag == 0; })) {
            return {};
        }
        const std::string blocked = publishing_->blocked();
        give_up();
        return blocked.empty() ? target_.name() + " did not confirm within 5s"
                               : fmt::format("{} takes no messages: {}", target_.name(), blocked);
    }

    void give_up() {
        if (publishing_) {
            publishing_->connection().give_up();
            publishing_.reset();
        }
    }

    Heard heard_of(const Settlement& became, const std::string& failure) const {
        if (became.confirmed || !failure.empty()) {
            return {.confirmed = became.confirmed, .failure = became.confirmed ? "" : failure};
        }
        if (became.unroutable) {
            return {.failure =
                        fmt::format("{} has no queue {}", target_.name(), queue_name(place_))};
        }
        return {.failure = fmt::format("{} did not take the message: queue {} is full, or has "
                                       "lost its leader",
                                       target_.name(), queue_name(place_))};
    }

    QueuePlace place_;
    Target target_;
    std::optional<ConnectingAhead> ahead_;
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
