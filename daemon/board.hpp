#pragma once

#include "core/store/store.hpp"
#include "daemon/batch_run.hpp"
#include "daemon/step_builder.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// The batches in this daemon's hand, each at most once: the run queue.
/// Loop thread only.
class Board {
public:
    Board(Store& store, StepBuilder& steps) : store_(store), steps_(steps) {}

    /// Somebody says that this batch has work.  Takes it in hand if it has and may be worked on.
    void wake(std::string_view id);

    /// Looks again at the batches in hand, and for others that have work.  In hand are taken those
    /// whose time to wait is over, of the others as many as there are free slots, and without any
    /// the one that was not looked at for longest, if that is more than a minute.  Returns whether
    /// some were left.
    bool sweep(std::size_t free_slots);

    /// Takes it in hand if it is not; null if it cannot be run.
    BatchRun* take(BatchNo no);
    BatchRun* take(Batch batch);

    /// Reads anew what the state file says of a batch in hand.
    void refresh(BatchRun& run);

    /// In the order of their turns: those of a higher priority first.
    const std::vector<BatchRun*>& turns() const noexcept { return turns_; }

    /// The highest priority of which a batch has something to do; lower ones wait meanwhile.
    Priority top() const noexcept;

    /// The one that was served goes to the end of the line of its priority.
    void served(const BatchRun* run);

    /// Drops runs that have nothing in hand and nothing to claim; gives their batches' ids.
    std::vector<std::string> close_finished();

    BatchRun* find(BatchNo no) noexcept;

    bool empty() const noexcept { return runs_.empty(); }

    /// Batches that cannot be run as they are, with the reason; to be paused.
    std::vector<std::pair<BatchNo, Reason>> take_pauses() { return std::exchange(pauses_, {}); }

    /// Batches that batchd itself failed at, with what went wrong; to be held for a while.
    std::map<BatchNo, std::string> take_holds() { return std::exchange(holds_, {}); }

    /// When the sweep should look next because something becomes due; absent: nothing waits.
    std::optional<TimePoint> next_due() const noexcept { return next_due_; }

private:
    void open(BatchNo no);
    void open(Batch batch);
    std::vector<BatchRun*>::iterator end_of_line(Priority priority);

    Store& store_;
    StepBuilder& steps_;
    std::map<BatchNo, std::unique_ptr<BatchRun>> runs_;
    std::vector<BatchRun*> turns_;
    std::vector<std::pair<BatchNo, Reason>> pauses_;
    std::map<BatchNo, std::string> holds_;
    std::optional<TimePoint> next_due_;
};

}  // namespace batch
