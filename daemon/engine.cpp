#include "daemon/engine.hpp"

#include "core/base/error.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <thread>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto sweep_every = 1s;
constexpr auto start_limit = 30s;           // batch-plugin(7): `ready` within 30 s of init
constexpr std::size_t most_in_hand = 4000;  // claimed and not committed: bounds the memory
constexpr std::size_t claim_bytes = 4 << 20;
constexpr std::uint64_t wal_limit = 16'000'000;  // a checkpoint stalls about 2.5 ms per MB
constexpr auto idle_before_checkpoint = 1s;
constexpr auto farewell = 2s;          // then what has not left is killed
constexpr auto drained_horizon = 60s;  // a retry due later is left to the next daemon

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
    limits_.usual =
        settings_.workers.count > 0 ? static_cast<std::size_t>(settings_.workers.count) : cores();
    limits_.most = static_cast<std::size_t>(settings_.workers.max);
    outputs_.clean_all();
}

Engine::~Engine() = default;

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
    store_.working().checkpoint();
}

void Engine::let_workers_go() {
    pool_.reap(Pool::Reap::all);
    const BootTime until = BootClock::now() + farewell;
    while (!pool_.workers().empty() && BootClock::now() < until) {
        next_sweep_ = BootClock::now() + 50ms;
        wait();
    }
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

bool Engine::is_idle() const {
    return pool_.busy() == 0 && std::ranges::none_of(board_.turns(), [](const BatchRun* run) {
               return run->ready() > 0;
           });
}

bool Engine::wants_commit() {
    std::ranges::move(outcomes_.take_pauses(), std::back_inserter(pauses_));
    std::ranges::move(board_.take_pauses(), std::back_inserter(pauses_));
    if (!pauses_.empty() || recorder_.is_full() || recorder_.due() <= BootClock::now()) {
        return true;
    }
    if (is_idle() && !recorder_.empty()) {
        return true;
    }
    // Claims usually ride on the commit of results; a batch with nobody at work cannot wait for
    // one.
    return !drain_until_ && std::ranges::any_of(board_.turns(), [this](const BatchRun* run) {
        return run->ready() == 0 && may_claim(*run) &&
               (recorder_.empty() || pool_.busy() == 0 || run->in_hand == 0);
    });
}

bool Engine::may_claim(const BatchRun& run) const {
    return run.claimable && !run.is_stopped() && in_hand_ < most_in_hand &&
           run.wish(dispatcher_.slots_of(run, limits_)) > 0;
}

void Engine::commit_group() {
    const auto pauses = std::exchange(pauses_, {});
    std::vector<Chunk> chunks;
    if (recorder_.empty() && pauses.empty() && drain_until_) {
        return;
    }
    const auto work = store_.working().begin();
    recorder_.write(*work);
    for (const auto& [no, reason] : pauses) {
        work->pause(no, reason);
    }
    if (!drain_until_) {
        claim(*work, chunks);
    }
    work->commit();
    last_work_ = BootClock::now();
    next_due_ = std::min(next_due_, recorder_.earliest_return());
    for (const auto& [run, count] : recorder_.forget()) {
        run->in_hand -= count;
        in_hand_ -= count;
    }
    for (Chunk& chunk : chunks) {
        start_chunk(std::move(chunk));
    }
    for (const auto& [no, reason] : pauses) {
        log_.warn("batch_paused", fmt::format("batch {} is paused: {}", no, reason.message));
        if (BatchRun* const run = board_.find(no)) {
            board_.refresh(*run);
            brake_.release(*run);
        }
    }
    if (store_.working().wal_bytes() > wal_limit) {
        store_.working().checkpoint();
    }
}

void Engine::claim(Work& work, std::vector<Chunk>& chunks) {
    std::size_t claimed = 0;
    for (BatchRun* const run : board_.turns()) {
        if (!may_claim(*run) || in_hand_ + claimed >= most_in_hand) {
            continue;
        }
        const std::size_t wish = run->wish(dispatcher_.slots_of(*run, limits_));
        auto chunk = work.claim(run->batch().no, wish, claim_bytes);
        if (!chunk) {
            run->claimable = false;
            continue;
        }
        run->claimable = chunk->more;
        claimed += chunk->items.size();
        chunks.push_back(std::move(*chunk));
    }
}

void Engine::start_chunk(Chunk chunk) {
    BatchRun* const run = board_.find(chunk.batch);
    recorder_.watch(chunk);
    run->in_hand += chunk.items.size();
    in_hand_ += chunk.items.size();
    for (Claimed& item : chunk.items) {
        ExecutionPtr execution = pipeline_.begin(*run, chunk.claim, std::move(item));
        auto& ready = run->steps()[execution->step].ready;
        ready.push_back(std::move(execution));
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
    }
    pool_.reap(Pool::Reap::idle);
    if (drain_until_ && *drain_until_ <= at) {
        stop_now();
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
        store_.working().checkpoint();
    }
    next_sweep_ = at + sweep_every;
}

void Engine::read_signals() {
    while (const auto number = signals_.read()) {
        if (*number == SIGHUP) {
            reload();
        } else if (drain_until_) {
            stop_now();
        } else {
            begin_drain();
        }
    }
}

void Engine::reload() {
    if (!on_hup) {
        return;
    }
    try {
        on_hup();
        log_.info("reloaded", "the configuration was read again");
    } catch (const Error& error) {
        const auto& place = error.place();
        log_.error("config", place ? fmt::format("{}:{}: {}. The old configuration stays",
                                                 place->file, place->line, error.what())
                                   : fmt::format("{}. The old configuration stays", error.what()));
    }
}

void Engine::begin_drain() {
    log_.info("stopping",
              fmt::format("stopping: {} items at work, up to {}; a second TERM stops at once",
                          items_at_work(), brief(settings_.workers.drain_timeout)));
    drain_until_ = BootClock::now() + settings_.workers.drain_timeout;
    before_drain_ = recorder_.tally();
    for (BatchRun* const run : board_.turns()) {
        brake_.release(*run);
    }
}

std::size_t Engine::items_at_work() const {
    std::size_t count = 0;
    for (const auto& worker : pool_.workers()) {
        count += worker->in_flight();
    }
    return count;
}

void Engine::stop_now() {
    for (const auto& worker : pool_.workers()) {
        listener_.stop(*worker);
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
    if (leave == Leave::on_signal || !board_.empty() || !recorder_.empty()) {
        return false;
    }
    board_.sweep();
    next_due_ = board_.next_due().value_or(TimePoint::max());
    return board_.empty() && !wants_commit() && next_due_ > now() + drained_horizon;
}

}  // namespace batch
