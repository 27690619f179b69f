#pragma once

#include "core/store/reading.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch {

/// What a retry takes back.
struct RetryWish {
    std::vector<IndexRange> ranges;          ///< empty: all
    ItemStatus status = ItemStatus::failed;  ///< failed or cancelled
    std::string cause;                       ///< error code; empty: any
    std::optional<Millis> item_timeout;      ///< new limits, else as before
    std::optional<int> retries;
    std::optional<int> concurrency;
    bool local_queue = true;
};

/// A doorbell that the queue has confirmed.
struct Confirmed {
    BatchNo batch = 0;
    int bell = 0;
};

/// Counts of what a change touched.
struct Touched {
    std::int64_t changed = 0;  ///< items that changed status
    std::int64_t running = 0;  ///< items still at work
    Batch after;               ///< the batch afterwards
};

/// Changes to stored batches.  Each transaction is shorter than 100 ms; more than that is done in
/// slices behind a flag of the batch that is set first.
/// All throw Error{state} if the file cannot be written for 5 s.
class Steering {
public:
    virtual ~Steering() = default;

    /// false: it was paused already, or final.
    virtual bool pause(BatchNo batch, const Reason& reason) = 0;
    virtual bool resume(BatchNo batch) = 0;

    /// The whole batch: pending items end at once, running ones at their owner.
    virtual Touched cancel(BatchNo batch, const Reason& reason) = 0;

    /// Some items of it; running ones get a mark for their owner.
    virtual Touched cancel_items(BatchNo batch, const std::vector<IndexRange>& ranges) = 0;

    /// Throws Error{conflict} if the batch is not final, or nothing was taken back.
    virtual Touched retry(BatchNo batch, const RetryWish& wish) = 0;

    /// Deletes a final batch's rows (in slices) and its key; prune keeps the key for 30 days.
    enum class Keep { nothing, key };
    virtual void remove(BatchNo batch, Keep keep) = 0;

    /// The queue has these doorbells: submitted -> queued, where this is still the current one.
    virtual void confirm(const std::vector<Confirmed>& bells) = 0;

protected:
    Steering() = default;
    Steering(const Steering&) = default;
    Steering& operator=(const Steering&) = default;
};

}  // namespace batch
