// The part of Engine that writes: what is settled and the next claims, in one transaction after the
// other.

#include "core/base/text.hpp"
#include "core/model/logins.hpp"
#include "core/os/crash_point.hpp"
#include "daemon/engine.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto time_for_others = 1s;        // between two items that run alone
constexpr std::size_t most_in_hand = 4000;  // claimed and not committed: bounds the memory
constexpr std::size_t claim_bytes = 4 << 20;
constexpr auto checkpoint_again_after = 1s;
constexpr auto warn_again_after = 60s;

}  // namespace

bool Engine::is_idle() const {
    return pool_.busy() == 0 && std::ranges::none_of(board_.turns(), [](const BatchRun* run) {
               return run->ready() > 0;
           });
}

bool Engine::wants_commit() {
    if (stall_.active()) {
        return false;
    }
    std::ranges::move(outcomes_.take_pauses(), std::back_inserter(pauses_));
    std::ranges::move(board_.take_pauses(), std::back_inserter(pauses_));
    std::ranges::move(breaker_.find(), std::back_inserter(pauses_));
    holds_.merge(outcomes_.take_holds());
    holds_.merge(board_.take_holds());
    if (!pauses_.empty() || !holds_.empty() || !ended_pauses_.empty() || recorder_.is_full() ||
        recorder_.due() <= BootClock::now()) {
        return true;
    }
    if (is_idle() && !recorder_.empty()) {
        return true;
    }
    if (alone_ && !alone_at_work_ && in_hand_ == 0 && !drain_until_) {
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
    return !alone_ && (run.claimable || run.bell) && !run.is_stopped() &&
           run.batch().priority >= board_.top() && in_hand_ < most_in_hand &&
           run.wish(dispatcher_.slots_of(run, limits_)) > 0;
}

void Engine::commit_group() {
    for (const auto& [no, why] : holds_) {
        if (BatchRun* const run = board_.find(no)) {
            brake_.release(*run);
        }
    }
    if (recorder_.empty() && pauses_.empty() && holds_.empty() && ended_pauses_.empty() &&
        drain_until_) {
        return;
    }
    std::vector<Chunk> chunks = write_group();
    next_due_ = std::min(next_due_, recorder_.earliest_return());
    for (const auto& [run, count] : recorder_.forget()) {
        run->in_hand -= count;
        in_hand_ -= count;
    }
    end_alone();
    alone_at_work_ = alone_at_work_ || (alone_ && !chunks.empty());
    for (Chunk& chunk : chunks) {
        next_due_ = std::min(next_due_, chunk.next_due);
        start_chunk(std::move(chunk));
    }
    doorbells_.committed(recorder_);
    take_up_decisions();
    crash_point("work.taken_up");
    if (store_.working().wal_bytes() > large_wal) {
        checkpoint();
    }
}

// What else the transaction says of batches.  Until it is committed nothing is forgotten: it may
// have to be written again.
void Engine::write_decisions(Work& work) {
    for (auto& [no, why] : holds_) {
        const TimePoint until = work.hold_back(no);
        next_due_ = std::min(next_due_, until);
        log_.error("batch_held",
                   fmt::format("{} is held for {}: {}", name_of(no), brief(until - now()), why));
    }
    for (const auto& [no, reason] : pauses_) {
        work.pause(no, reason);
    }
    for (const auto& [no, code] : ended_pauses_) {
        work.end_pause(no, code);
    }
}

void Engine::take_up_decisions() {
    holds_.clear();
    for (const auto& [no, reason] : std::exchange(pauses_, {})) {
        const BatchRun* const known = board_.find(no);
        const bool is_news = known == nullptr || !known->batch().paused;
        if (reason.code != Breaker::code && is_news) {
            log_.warn("batch_paused", fmt::format("{} is paused: {}", name_of(no), reason.message));
        }
        if (BatchRun* const run = board_.find(no)) {
            board_.refresh(*run);
            brake_.release(*run);
        }
        if (reason.code == login_pause) {
            logins_.add(store_.reading().batch(no).value());
        }
    }
    if (!logins_.empty()) {
        take_up_logins();
    }
    for (const auto& [no, code] : std::exchange(ended_pauses_, {})) {
        next_due_ = TimePoint::min();  // it may have nothing but retries that wait
        if (BatchRun* const run = board_.take(no)) {
            board_.refresh(*run);
            run->claimable = true;
        }
    }
}

std::vector<Chunk> Engine::write_group() {
    std::vector<Chunk> chunks;
    const BootTime begun = BootClock::now();
    const auto work = store_.working().begin();
    recorder_.write(*work);
    write_decisions(*work);
    if (!drain_until_) {
        claim(*work, chunks);
    }
    work->commit();
    last_work_ = BootClock::now();
    tell_duration("committed", last_work_ - begun);
    return chunks;
}

void Engine::tell_duration(std::string_view event, std::chrono::nanoseconds elapsed) const {
    if (log_.shows(LogLevel::debug)) {
        const double ms = std::chrono::duration<double, std::milli>(elapsed).count();
        log_.debug(event, fmt::format("{} in {:.2f} ms", event, ms),
                   {{"ms", fmt::format("{:.2f}", ms), true}});
    }
}

std::string Engine::name_of(BatchNo no) {
    const auto batch = store_.reading().batch(no);
    return batch ? short_id(batch->id) : fmt::format("batch number {}", no);
}

// With somebody in the way a try stalls the loop for 100 ms, so not at every commit.
void Engine::checkpoint() {
    const BootTime at = BootClock::now();
    if (at < next_checkpoint_) {
        return;
    }
    const bool moved = store_.working().checkpoint();
    tell_duration("checkpoint", BootClock::now() - at);
    if (moved) {
        return;
    }
    next_checkpoint_ = at + checkpoint_again_after;
    if (const auto bytes = store_.working().wal_bytes(); bytes > stuck_wal) {
        log_.warn("wal_large", fmt::format("the write-ahead log has {}: somebody has been reading "
                                           "the state file for long",
                                           bytes_text(bytes)));
        next_checkpoint_ = at + warn_again_after;
    }
}

void Engine::claim(Work& work, std::vector<Chunk>& chunks) {
    if (alone_) {
        claim_alone(work, chunks);
        return;
    }
    std::size_t claimed = 0;
    for (BatchRun* const run : board_.turns()) {
        if (!may_claim(*run) || in_hand_ + claimed >= most_in_hand) {
            continue;
        }
        const std::size_t wish = run->wish(dispatcher_.slots_of(*run, limits_));
        const bool is_rung = run->bell.has_value();
        auto chunk = is_rung ? doorbells_.claim(work, *run, wish, claim_bytes)
                             : work.claim(run->batch().no, wish, claim_bytes);
        if (!is_rung) {
            run->claimable = chunk && chunk->more;
        }
        if (!chunk) {
            continue;
        }
        claimed += chunk->items.size();
        chunks.push_back(std::move(*chunk));
    }
}

void Engine::claim_alone(Work& work, std::vector<Chunk>& chunks) {
    if (in_hand_ > 0 || alone_at_work_) {
        return;
    }
    auto chunk = board_.take(*alone_) == nullptr ? std::nullopt : work.claim_alone(*alone_);
    if (chunk) {
        chunks.push_back(std::move(*chunk));
    } else {
        alone_.reset();
    }
}

// The next one has to wait for its turn, so that others are not held up by many.
void Engine::end_alone() {
    if (alone_at_work_ && in_hand_ == 0) {
        alone_.reset();
        alone_at_work_ = false;
        next_due_ = std::min(next_due_, now() + time_for_others);
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

}  // namespace batch
