#include "core/queue/amqp/ringing.hpp"

#include "core/base/error.hpp"
#include "core/os/poll.hpp"
#include "core/os/signals.hpp"
#include "core/queue/amqp/topology.hpp"

#include <algorithm>
#include <array>

namespace batch::amqp {
namespace {

using namespace std::chrono_literals;

constexpr auto confirmed_within = 5s;
constexpr auto idle_limit = 60s;
constexpr auto try_again_after = 1s;

}  // namespace

Ringing::Ringing(const QueuePlace& place, const Target& target,
                 std::function<void(std::string)> unheard)
    : place_(place),
      target_(target),
      unheard_(std::move(unheard)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Ringing::run(const std::stop_token& stop) {
    block_all_signals();
    const std::stop_callback wake(stop, [this] { channel_.wake(); });
    while (!stop.stop_requested()) {
        if (publishing_ == nullptr) {
            std::array fds{pollfd{channel_.poll_fd(), POLLIN, 0}};
            wait_for_any(fds, std::nullopt);
        }
        try {
            serve(channel_.take());
        } catch (const Error&) {
            // What became of those on the way is not known, and they are never sent again.
            give_up();
        }
    }
}

void Ringing::serve(std::vector<Order> orders) {
    if (publishing_ == nullptr && !orders.empty() && BootClock::now() >= next_try_) {
        try {
            publishing_ = std::make_unique<Publishing>(target_, place_.program,
                                                       BootClock::now() + target_.connect_timeout);
        } catch (const Error&) {
            next_try_ = BootClock::now() + try_again_after;
        }
    }
    for (const Order& order : orders) {
        if (publishing_ == nullptr || !publishing_->blocked().empty()) {
            if (order.to.empty()) {
                unheard_(order.bell.batch_id);
            }
        } else {
            try {
                send(order);
            } catch (const Error&) {
                give_up();
                unheard_(order.bell.batch_id);
            }
        }
    }
    if (publishing_ != nullptr) {
        pump();
    }
}

void Ringing::send(const Order& order) {
    last_used_ = BootClock::now();
    if (!order.to.empty()) {
        publishing_->send_answer(order.to, order.answer);
        return;
    }
    const auto tag = publishing_->send(queue_name(place_), doorbell_message(order.bell, place_));
    rings_[tag] = {.batch_id = order.bell.batch_id, .until = last_used_ + confirmed_within};
}

void Ringing::pump() {
    publishing_->pump(channel_.poll_fd(), patience());
    for (const Settlement& settled : publishing_->take_settled()) {
        const auto ring = rings_.find(settled.tag);
        if (ring == rings_.end()) {
            continue;  // it was late
        }
        if (!settled.confirmed) {
            unheard_(ring->second.batch_id);
        }
        rings_.erase(ring);
    }
    const BootTime at = BootClock::now();
    std::erase_if(rings_, [this, at](const auto& each) {
        if (each.second.until > at) {
            return false;
        }
        unheard_(each.second.batch_id);
        return true;
    });
    if (rings_.empty() && last_used_ + idle_limit < at) {
        publishing_.reset();
    }
}

std::chrono::nanoseconds Ringing::patience() const {
    auto until = last_used_ + idle_limit;
    for (const auto& [tag, ring] : rings_) {
        until = std::min(until, ring.until);
    }
    return std::max(std::chrono::nanoseconds{1ms},
                    std::chrono::nanoseconds{until - BootClock::now()});
}

void Ringing::give_up() {
    if (publishing_ != nullptr) {
        publishing_->connection().give_up();
        publishing_.reset();
    }
    next_try_ = BootClock::now() + try_again_after;
    for (const auto& [tag, ring] : std::exchange(rings_, {})) {
        unheard_(ring.batch_id);
    }
}

}  // namespace batch::amqp
