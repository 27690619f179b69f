#include "daemon/engine.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/folders.hpp"
#include "core/config/slots.hpp"
#include "core/model/logins.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <iterator>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto sweep_every = 1s;
constexpr auto start_limit = 30s;  // batch-plugin(7): `ready` within 30 s of init
constexpr auto absence = 3s;       // longer than the loop is ever away by itself
constexpr auto mute_limit = 1s;    // a plugin that ends closes its output just before
constexpr auto idle_before_checkpoint = 1s;

}  // namespace

Engine::Engine(Store& store, Consumer& nudges, Consumer* queue, const Config& config, Log& log)
    : store_(store),
      settings_(config.settings),
      log_(log),
      signals_({SIGTERM, SIGINT, SIGHUP}),
      outputs_(StatePaths{settings_.state.path}.outputs(), settings_.outputs.max_size),
      dirs_(StatePaths{settings_.state.path}.outputs()),
      pipeline_(outputs_, dirs_, settings_.outputs.keep),
      steps_(store, config, dirs_),
      board_(store, steps_),
      doorbells_(nudges, queue, store, board_, log),
      hand_(StatePaths{settings_.state.path}.hand()),
      pool_(settings_.workers, hand_, log),
      recorder_(outputs_, dirs_),
      outcomes_(recorder_, pipeline_),
      listener_(board_, pool_, outcomes_, settings_.items.log_size, log),
      brake_(board_, pool_, listener_, outcomes_, store.working()),
      dispatcher_(board_, pool_, pipeline_, outcomes_),
      breaker_(board_, pool_, log),
      stall_(settings_.state.path.parent_path(),
             shorten_home(settings_.state.path.parent_path(), config.folders.home)),
      retention_(store, settings_.state, StatePaths{settings_.state.path}.outputs(), log),
      logins_(store, log) {
    apply_settings();
}

Engine::~Engine() = default;

void Engine::apply_settings() {
    limits_.usual = static_cast<std::size_t>(usual_slots(settings_.workers));
    limits_.most = static_cast<std::size_t>(settings_.workers.max);
    outputs_.set_max_size(settings_.outputs.max_size);
    pipeline_.set_keep(settings_.outputs.keep);
    listener_.set_log_size(settings_.items.log_size);
    steps_.look_for_plugins();
}

void Engine::run(Leave leave) {
    last_work_ = BootClock::now();
    take_up_logins();
    while (!turn(leave)) {
    }
    if (stall_.active()) {
        store_.reopen();
        store_.working().keep_only(recorder_.claims());
    }
    commit_group();
    crash_point("leave.committed");
    if (drain_until_) {
        log_.info("stopped", fmt::format("stopped: {} finished, {} handed back",
                                         recorder_.tally().finished - before_drain_.finished,
                                         recorder_.tally().returned - before_drain_.returned));
    }
    doorbells_.answer_all();
    let_workers_go();
    crash_point("leave.workers_gone");
    try {
        checkpoint();
    } catch (const Error& error) {
        if (!Stall::may_pass(error)) {
            throw;
        }
        log_.warn(error.code(), error.what());  // all that is stored is stored
    }
}

/// True when it is time to leave.
bool Engine::turn(Leave leave) {
    try {
        send_and_commit();
        for (const std::string& id : board_.close_finished()) {
            dirs_.close(id);
        }
        if (is_finished(leave)) {
            return true;
        }
        wait();
        look_after_time(BootClock::now());
    } catch (const Error& error) {
        if (!Stall::may_pass(error)) {
            throw;
        }
        stall(error);
    }
    return false;
}

void Engine::stall(const Error& error) {
    doorbells_.hold();
    const std::string news = stall_.begin(error, BootClock::now());
    if (!news.empty()) {
        log_.error(error.code(), news);
    }
}

/// The first commit that succeeds is the proof.  What the one that failed had stored is not known,
/// so everything is written once more.
void Engine::try_again() {
    store_.reopen();
    store_.working().keep_only(recorder_.claims());
    look_for_work(many_batches);
    commit_group();
    stall_.end();
    doorbells_.go_on();
    log_.info("state_writable", "the state file can be written again");
}

void Engine::send_and_commit() {
    if (const auto full = outcomes_.take_full_disk()) {
        stall(*full);
    }
    send();
    if (wants_commit()) {
        commit_group();
        send();
    }
}

void Engine::send() {
    if (!drain_until_ && !stall_.active()) {
        dispatcher_.assign(limits_);
    }
    for (const auto& worker : pool_.workers()) {
        worker->flush();
    }
    if (pool_.busy() > 0) {
        crash_point("step.sent");
    }
}

void Engine::wait() {
    fds_.assign({{signals_.poll_fd(), POLLIN, 0},
                 {doorbells_.nudges_fd(), POLLIN, 0},
                 {doorbells_.queue_fd(), POLLIN, 0},
                 {logins_.poll_fd(), POLLIN, 0}});
    const std::size_t others = fds_.size();
    polled_.clear();
    for (const auto& worker : pool_.workers()) {
        polled_.push_back(worker.get());
        fds_.push_back({worker->out_fd(), POLLIN, 0});
        fds_.push_back({worker->err_fd(), POLLIN, 0});
        fds_.push_back({worker->ended_fd(), POLLIN, 0});
        fds_.push_back({worker->wants_write() ? worker->in_fd() : -1, POLLOUT, 0});
    }
    // A sweep may have found something since the last commit.
    const BootTime begun = BootClock::now();
    const auto longest = wants_commit() ? std::chrono::nanoseconds{0} : patience(begun);
    wait_for_any(fds_, longest);
    if (!stall_.active() && BootClock::now() > begun + longest + absence) {
        // Somebody had stopped us, and may have put another in our place.
        store_.working().begin();
    }
    for (std::size_t i = 0; i < polled_.size(); ++i) {
        const pollfd* const fd = &fds_[others + 4 * i];
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
    const bool is_rung = fds_[1].revents != 0 || fds_[2].revents != 0;
    // The folder of the logins may have been made anew, which nothing tells.
    if ((fds_[3].revents != 0 || (is_rung && !logins_.empty())) && !stall_.active()) {
        take_up_logins();
    }
    if (is_rung) {
        doorbells_.hear();
        if (!stall_.active()) {
            brake_.apply();
        }
    }
}

void Engine::take_up_logins() {
    for (const BatchNo no : logins_.take_returned()) {
        ended_pauses_.emplace_back(no, login_pause);
    }
}

std::chrono::nanoseconds Engine::patience(BootTime at) const {
    BootTime until =
        stall_.active() ? stall_.due() : std::min({next_sweep_, recorder_.due(), doorbells_.due()});
    if (!stall_.active() && wants_more()) {
        until = std::min(until, soonest_sweep_);
    }
    const TimePoint wall = now();
    if (!stall_.active() && next_due_ < wall + sweep_every) {
        until = std::min(until, next_due_ <= wall ? at : at + (next_due_ - wall));
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
    doorbells_.look_after_time(at);
    if (stall_.active()) {
        if (stall_.is_due(at)) {
            try_again();
        }
    } else if (at >= next_sweep_ || next_due_ <= now() || (wants_more() && at >= soonest_sweep_)) {
        sweep(at);
    }
}

std::size_t Engine::free_slots() const {
    return limits_.usual - std::min(limits_.usual, pool_.busy());
}

// Batches that nobody rang for wait for a free slot only.
bool Engine::wants_more() const {
    return some_left_ && !drain_until_ && free_slots() > 0;
}

void Engine::look_for_work(std::size_t free_slots) {
    some_left_ = board_.sweep(free_slots);
    next_due_ = board_.next_due().value_or(TimePoint::max());
    if (alone_) {
        return;
    }
    alone_ = store_.working().alone_next(now());
    if (alone_) {
        for (BatchRun* const run : board_.turns()) {
            brake_.release(*run);  // only what is at work is waited for
        }
    }
}

void Engine::sweep(BootTime at) {
    if (clock_.was_set_back(now(), at)) {
        store_.working().shorten_waits();
        next_due_ = TimePoint::min();
    }
    for (const BatchNo no : breaker_.ended()) {
        ended_pauses_.emplace_back(no, Breaker::code);
    }
    const std::int64_t version = store_.reading().version();
    if (version != seen_version_ || some_left_ || next_due_ <= now()) {
        // At first, and while nobody is served, the run queue is filled.
        look_for_work(seen_version_ < 0 || wants_more() ? many_batches : free_slots());
        seen_version_ = version;
        brake_.apply();
    }
    if (is_idle() && last_work_ + idle_before_checkpoint < at && store_.working().wal_bytes() > 0) {
        checkpoint();
    }
    if (is_idle()) {
        retention_.remove_one(at);
    }
    pool_.reap_orphans();
    next_sweep_ = at + sweep_every;
    soonest_sweep_ = at + 10 * (BootClock::now() - at);
}

}  // namespace batch
