// The part of Engine that ends it: signals, the drain, the last worker.

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/crash_point.hpp"
#include "daemon/engine.hpp"

#include <fmt/core.h>

#include <csignal>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto farewell = 2s;          // then what has not left is killed
constexpr auto drained_horizon = 60s;  // a retry due later is left to the next daemon

// "60s": up to two minutes nobody thinks of the minute.
std::string in_seconds(Millis duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    return seconds == duration && seconds <= 120s ? fmt::format("{}s", seconds.count())
                                                  : brief(duration);
}

}  // namespace

void Engine::let_workers_go() {
    pool_.reap(Pool::Reap::all);
    const BootTime until = BootClock::now() + farewell;
    while (!pool_.workers().empty() && BootClock::now() < until) {
        next_sweep_ = BootClock::now() + 50ms;
        wait();
    }
}

void Engine::read_signals() {
    while (const auto number = signals_.read()) {
        if (*number == SIGHUP) {
            reload();
        } else if (drain_until_) {
            stop_now(Listener::Speed::at_once);
        } else {
            begin_drain();
        }
    }
}

void Engine::reload() {
    if (on_hup && on_hup()) {
        apply_settings();
    }
}

void Engine::begin_drain() {
    log_.info("stopping", fmt::format("stopping: {} at work, up to {}; a second TERM stops at once",
                                      plural(static_cast<std::int64_t>(items_at_work()), "item"),
                                      in_seconds(settings_.workers.drain_timeout)));
    drain_until_ = BootClock::now() + settings_.workers.drain_timeout;
    before_drain_ = recorder_.tally();
    doorbells_.leave();
    for (BatchRun* const run : board_.turns()) {
        brake_.release(*run);
    }
    crash_point("drain.begun");
}

std::size_t Engine::items_at_work() const {
    std::size_t count = 0;
    for (const auto& worker : pool_.workers()) {
        count += worker->in_flight();
    }
    return count;
}

void Engine::stop_now(Listener::Speed speed) {
    for (const auto& worker : pool_.workers()) {
        listener_.stop(*worker, speed);
    }
    drain_until_ = BootTime::max();
}

bool Engine::is_finished(Leave leave) {
    if (drain_until_) {
        // Items that were between two steps when the drain began are not sent on.
        for (BatchRun* const run : board_.turns()) {
            brake_.release(*run);
        }
        return items_at_work() == 0;
    }
    if (leave == Leave::on_signal || stall_.active() || !board_.empty() || !recorder_.empty()) {
        return false;
    }
    look_for_work(many_batches);
    return board_.empty() && !alone_ && !wants_commit() && next_due_ > now() + drained_horizon;
}

}  // namespace batch
