#include "daemon/board.hpp"

#include "core/base/error.hpp"

#include <algorithm>

namespace batch {
namespace {

constexpr std::chrono::seconds neglected_after{60};
constexpr std::size_t due_at_once = 256;

}  // namespace

BatchRun* Board::find(BatchNo no) noexcept {
    const auto found = runs_.find(no);
    return found == runs_.end() ? nullptr : found->second.get();
}

void Board::wake(std::string_view id) {
    for (Batch& batch : store_.reading().fitting(id, 0, 1)) {
        if (BatchRun* const run = find(batch.no)) {
            run->claimable = true;
            run->refresh(std::move(batch));
        } else if (!is_final(batch.status) && !batch.paused && !batch.aborted) {
            open(std::move(batch));
        }
    }
}

bool Board::sweep(std::size_t free_slots) {
    const TimePoint at = now();
    for (const auto& [no, run] : runs_) {
        refresh(*run);
        run->claimable = run->claimable || store_.working().is_claimable(no, at);
    }
    std::size_t room = free_slots;
    std::size_t due_room = due_at_once;
    Priority lowest = Priority::high;
    for (const BatchRun* const run : turns_) {
        lowest = std::min(lowest, run->batch().priority);
    }
    // Those in hand may come before the others, and one more tells that some are left.
    const std::size_t each = std::max(room, due_room) + runs_.size() + 1;
    bool some_left = false;
    for (const OpenBatch& batch : store_.working().open_batches(at, each)) {
        if (find(batch.no) != nullptr) {
            continue;
        }
        const bool neglected =
            free_slots == 0 && !some_left && batch.looked_at + neglected_after < at;
        const bool outranks = batch.priority > lowest;
        std::size_t& places = batch.was_due ? due_room : room;
        if (places > 0 || neglected || outranks) {
            open(batch.no);
            places -= std::min<std::size_t>(places, 1);
            some_left = some_left || neglected;
            lowest = outranks ? Priority::high : lowest;  // one at a time is enough
        } else {
            some_left = true;
        }
    }
    next_due_ = store_.working().next_due(at);
    return some_left;
}

BatchRun* Board::take(BatchNo no) {
    if (find(no) == nullptr) {
        open(no);
    }
    return find(no);
}

BatchRun* Board::take(Batch batch) {
    const BatchNo no = batch.no;
    if (find(no) == nullptr) {
        open(std::move(batch));
    }
    return find(no);
}

void Board::refresh(BatchRun& run) {
    if (auto batch = store_.reading().batch(run.batch().no)) {
        run.refresh(std::move(*batch));
    }
}

void Board::open(BatchNo no) {
    if (auto batch = store_.reading().batch(no)) {
        open(std::move(*batch));
    }
}

void Board::open(Batch batch) {
    const BatchNo no = batch.no;
    try {
        std::vector<StepRun> steps = steps_.build(batch);
        auto run = std::make_unique<BatchRun>(std::move(batch), std::move(steps));
        turns_.insert(end_of_line(run->batch().priority), run.get());
        runs_.emplace(no, std::move(run));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::state) {
            throw;
        }
        // What the machine lacks for a while is no mistake of the batch.
        if (error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::internal) {
            holds_.emplace(no, error.what());
        } else {
            pauses_.emplace_back(no, Reason{"config", error.what(), error.hint()});
        }
    }
}

std::vector<BatchRun*>::iterator Board::end_of_line(Priority priority) {
    return std::ranges::find_if(
        turns_, [priority](const BatchRun* each) { return each->batch().priority < priority; });
}

void Board::served(const BatchRun* run) {
    const auto found = std::ranges::find(turns_, run);
    std::rotate(found, found + 1, end_of_line(run->batch().priority));
}

Priority Board::top() const noexcept {
    const auto found = std::ranges::find_if(turns_, [](const BatchRun* run) {
        return !run->is_stopped() && (run->ready() > 0 || run->claimable || run->bell);
    });
    return found == turns_.end() ? Priority::low : (*found)->batch().priority;
}

std::vector<std::string> Board::close_finished() {
    std::vector<std::string> closed;
    std::erase_if(turns_, [this, &closed](BatchRun* run) {
        if (run->in_hand > 0 || ((run->claimable || run->bell) && !run->is_stopped())) {
            return false;
        }
        closed.push_back(run->id());
        runs_.erase(run->batch().no);
        return true;
    });
    return closed;
}

}  // namespace batch
