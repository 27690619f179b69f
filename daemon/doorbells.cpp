#include "daemon/doorbells.hpp"

#include "core/os/crash_point.hpp"
#include "daemon/batch_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_unanswered = 60s;  // then the claim in the state file has it

}  // namespace

void Doorbells::hear() {
    for (const Received& nudge : nudges_.take().received) {
        if (!held_) {
            board_.wake(nudge.bell.batch_id);
        }
    }
    if (queue_ == nullptr) {
        return;
    }
    Arrivals arrivals = queue_->take();
    for (const QueueNews& news : arrivals.news) {
        news.weight == QueueNews::Weight::info ? log_.info(news.code, news.text)
                                               : log_.warn(news.code, news.text);
    }
    if (held_) {
        std::ranges::move(arrivals.received, std::back_inserter(untouched_));
        return;
    }
    for (const std::string& id : arrivals.unheard) {
        board_.wake(id);
    }
    for (const Received& delivery : arrivals.received) {
        take(delivery);
    }
}

void Doorbells::take(const Received& delivery) {
    auto found = store_.reading().fitting(delivery.bell.batch_id, 0, 1);
    if (found.empty()) {
        // Ours was removed.  Of a stranger's nobody knows what it means to him.
        if (delivery.is_ours) {
            queue_->acknowledge(delivery.ticket);
            return;
        }
        log_.warn("message_rejected",
                  fmt::format("a message is for the batch {}, which nobody knows: it is rejected",
                              delivery.bell.batch_id));
        queue_->reject(delivery.ticket, "unknown_batch: no batch has this id");
        return;
    }
    Batch& batch = found.front();
    if (!delivery.bell.number) {
        board_.wake(batch.id);
        queue_->acknowledge(delivery.ticket);
        return;
    }
    const bool is_current = *delivery.bell.number == batch.bell && !waiting_.contains(batch.no);
    if (!is_current || is_final(batch.status) || batch.paused || batch.aborted) {
        queue_->acknowledge(delivery.ticket);
        return;
    }
    const BatchNo no = batch.no;
    BatchRun* run = board_.find(no);
    if (run == nullptr && (run = board_.take(std::move(batch))) != nullptr) {
        run->claimable = false;
    }
    if (run == nullptr) {
        queue_->acknowledge(delivery.ticket);
        return;
    }
    run->bell = *delivery.bell.number;
    waiting_[no] = {.ticket = delivery.ticket, .since = BootClock::now()};
}

void Doorbells::hold() {
    if (!std::exchange(held_, true) && queue_ != nullptr) {
        queue_->listen(false);
    }
    // Whether the claims are on disk nobody knows.  What can be claimed is found again.
    for (Claim& each : std::exchange(claims_, {})) {
        each.next.reset();
        working_.push_back(std::move(each));
    }
}

void Doorbells::go_on() {
    if (!std::exchange(held_, false) || queue_ == nullptr) {
        return;
    }
    queue_->listen(true);
    for (const Received& delivery : std::exchange(untouched_, {})) {
        take(delivery);
    }
}

void Doorbells::leave() {
    if (queue_ != nullptr) {
        queue_->listen(false);
    }
}

std::optional<Chunk> Doorbells::claim(Work& work, BatchRun& run, std::size_t limit,
                                      std::size_t bytes) {
    const int number = *std::exchange(run.bell, std::nullopt);
    const auto waiting = waiting_.extract(run.batch().no);
    auto chunk = work.claim_for_bell(run.batch().no, number, limit, bytes);
    if (waiting.empty()) {
        return chunk;
    }
    Claim claim{.claim = chunk ? chunk->claim : 0, .held = waiting.mapped(), .next = {}};
    if (chunk && chunk->next_bell) {
        claim.next = Doorbell{run.id(), chunk->next_bell};
    }
    claims_.push_back(std::move(claim));
    return chunk;
}

void Doorbells::committed(const Recorder& recorder) {
    if (queue_ == nullptr) {
        return;
    }
    crash_point("doorbell.claimed");
    for (Claim& each : std::exchange(claims_, {})) {
        if (each.next) {
            queue_->ring(*each.next);
        }
        working_.push_back(std::move(each));
    }
    // Claim 0 found nothing to take.
    std::erase_if(working_, [this, &recorder](const Claim& each) {
        if (each.claim != 0 && recorder.watches(each.claim)) {
            return false;
        }
        crash_point("doorbell.settled");
        queue_->acknowledge(each.held.ticket);
        return true;
    });
}

bool Doorbells::is_idle(BatchNo batch) {
    const BatchRun* const run = board_.find(batch);
    return run == nullptr || run->is_stopped();
}

void Doorbells::look_after_time(BootTime at) {
    if (held_) {
        return;
    }
    std::erase_if(waiting_, [this, at](const auto& each) {
        const bool is_late = each.second.since + longest_unanswered <= at;
        if (!is_late && !is_idle(each.first)) {
            return false;
        }
        if (BatchRun* const run = board_.find(each.first)) {
            run->bell.reset();
            run->claimable = run->claimable || !run->is_stopped();
        }
        queue_->acknowledge(each.second.ticket);
        return true;
    });
    std::erase_if(working_, [this, at](const Claim& each) {
        if (each.held.since + longest_unanswered > at) {
            return false;
        }
        queue_->acknowledge(each.held.ticket);
        return true;
    });
}

BootTime Doorbells::due() const {
    BootTime earliest = BootTime::max();
    for (const auto& [batch, held] : waiting_) {
        earliest = std::min(earliest, held.since + longest_unanswered);
    }
    for (const Claim& each : working_) {
        earliest = std::min(earliest, each.held.since + longest_unanswered);
    }
    return held_ ? BootTime::max() : earliest;
}

void Doorbells::answer_all() {
    for (const auto& [batch, held] : std::exchange(waiting_, {})) {
        queue_->acknowledge(held.ticket);
    }
    for (const Claim& each : std::exchange(working_, {})) {
        queue_->acknowledge(each.held.ticket);
    }
}

}  // namespace batch
