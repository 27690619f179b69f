#include "daemon/engine.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <thread>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto sweep_every = 1s;
constexpr auto start_limit = 30s;  // batch-plugin(7): `ready` within 30 s of init
constexpr auto mute_limit = 1s;    // a plugin that ends closes its output just before
constexpr auto idle_before_checkpoint = 1s;

std::size_t cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Engine::Engine(Store& store, Consumer& bells, const Config& config, Log& log)
    : store_(store),
      bells_(bells),
      settings_(config.settings),
      log_(log),
      signals_({SIGTERM, SIGINT, SIGHUP}),
      outputs_(StatePaths{settings_.state.path}.outputs(), settings_.outputs.max_size),
      pipeline_(outputs_, settings_.outputs.keep),
      steps_(store, config),
      board_(store, steps_),
      pool_(static_cast<std::size_t>(settings_.workers.max), settings_.workers.kill_grace, log),
      recorder_(outputs_),
      outcomes_(recorder_, pipeline_, log),
      listener_(board_, pool_, outcomes_, settings_.items.log_size, log),
      brake_(board_, pool_, listener_, outcomes_, store.working()),
      dispatcher_(board_, pool_, pipeline_, outcomes_) {
    apply_settings();
    outputs_.clean_all();
}

Engine::~Engine() = default;

void Engine::apply_settings() {
    limits_.usual =
        settings_.workers.count > 0 ? static_cast<std::size_t>(settings_.workers.count) : cores();
    limits_.most = static_cast<std::size_t>(settings_.workers.max);
    pool_.set_limits(limits_.most, settings_.workers.kill_grace);
    outputs_.set_max_size(settings_.outputs.max_size);
    pipeline_.set_keep(settings_.outputs.keep);
    listener_.set_log_size(settings_.items.log_size);
    steps_.look_for_plugins();
}

void Engine::run(Leave leave) {
    last_work_ = BootClock::now();
    for (;;) {
        send_and_commit();
        board_.close_finished();
        if (is_finished(leave)) {
            break;
        }
        wait();
        look_after_time(BootClock::now());
    }
    commit_group();
    if (drain_until_) {
        log_.info("stopped", fmt::format("stopped: {} finished, {} handed back",
                                         recorder_.tally().finished - before_drain_.finished,
                                         recorder_.tally().returned - before_drain_.returned));
    }
    let_workers_go();
    checkpoint();
}

void Engine::send_and_commit() {
    send();
    if (wants_commit()) {
        commit_group();
        send();
    }
}

void Engine::send() {
    if (!drain_until_) {
        dispatcher_.assign(limits_);
    }
    for (const auto& worker : pool_.workers()) {
        worker->flush();
    }
}

void Engine::wait() {
    fds_.assign({{signals_.poll_fd(), POLLIN, 0}, {bells_.poll_fd(), POLLIN, 0}});
    polled_.clear();
    for (const auto& worker : pool_.workers()) {
        polled_.push_back(worker.get());
        fds_.push_back({worker->out_fd(), POLLIN, 0});
        fds_.push_back({worker->err_fd(), POLLIN, 0});
        fds_.push_back({worker->ended_fd(), POLLIN, 0});
        fds_.push_back({worker->wants_write() ? worker->in_fd() : -1, POLLOUT, 0});
    }
    // A sweep may have found something since the last commit.
    wait_for_any(fds_, wants_commit() ? std::chrono::nanoseconds{0} : patience(BootClock::now()));
    for (std::size_t i = 0; i < polled_.size(); ++i) {
        const pollfd* const fd = &fds_[2 + 4 * i];
        Worker& worker = *polled_[i];
        if (fd[1].revents != 0) {
            listener_.read_err(worker);
        }
        if (fd[0].revents != 0) {
            listener_.read(worker);
        }
        if (fd[2].revents != 0) {
            listener_.ended(worker);
        }
    }
    if (fds_[0].revents != 0) {
        read_signals();
    }
    if (fds_[1].revents != 0) {
        for (const Doorbell& bell : bells_.take()) {
            board_.wake(bell.batch_id);
        }
        brake_.apply();
    }
}

std::chrono::nanoseconds Engine::patience(BootTime at) const {
    BootTime until = std::min(next_sweep_, recorder_.due());
    if (next_due_ < now() + sweep_every) {
        until = std::min(until, at + std::max(Millis{0}, next_due_ - now()));
    }
    for (const auto& worker : pool_.workers()) {
        if (const auto deadline = worker->deadline()) {
            until = std::min(until, *deadline);
        }
        if (const auto kill_at = worker->kill_at()) {
            until = std::min(until, *kill_at);
        }
    }
    if (drain_until_) {
        until = std::min(until, *drain_until_);
    }
    return std::max(std::chrono::nanoseconds{0}, until - at);
}

void Engine::look_after_time(BootTime at) {
    for (const auto& worker : pool_.workers()) {
        if (const auto id = worker->overdue(at)) {
            listener_.time_out(*worker, *id);
        }
        if (worker->state() == Worker::State::starting && worker->idle_since() + start_limit < at) {
            listener_.start_overdue(*worker);
        }
        if (worker->state() != Worker::State::killed && worker->mute_since() &&
            *worker->mute_since() + mute_limit < at) {
            listener_.went_mute(*worker);
        }
    }
    pool_.reap(Pool::Reap::idle);
    if (drain_until_ && *drain_until_ <= at) {
        stop_now(Listener::Speed::with_grace);
    }
    if (at >= next_sweep_ || next_due_ <= now()) {
        sweep(at);
    }
}

void Engine::sweep(BootTime at) {
    const std::int64_t version = store_.reading().version();
    if (version != seen_version_ || next_due_ <= now()) {
        seen_version_ = version;
        board_.sweep();
        next_due_ = board_.next_due().value_or(TimePoint::max());
        brake_.apply();
    }
    if (is_idle() && last_work_ + idle_before_checkpoint < at && store_.working().wal_bytes() > 0) {
        checkpoint();
    }
    pool_.reap_orphans();
    next_sweep_ = at + sweep_every;
}

}  // namespace batch
