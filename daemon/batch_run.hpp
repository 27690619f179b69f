#pragma once

#include "core/model/batch.hpp"
#include "daemon/execution.hpp"
#include "daemon/worker.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch {

/// One step of a batch at work: what its workers are told, and who waits for one.
struct StepRun {
    std::shared_ptr<const WorkerSpec> spec;
    std::shared_ptr<const nlohmann::ordered_json> options;  ///< only if they have placeholders
    std::deque<ExecutionPtr> ready;
    std::size_t slots = 0;  ///< workers busy with this step's items; counted anew every turn
};

/// A batch in this daemon's hand: kept while it has items claimed, or something to claim.
/// Loop thread only.
class BatchRun {
public:
    BatchRun(Batch batch, std::vector<StepRun> steps);

    const Batch& batch() const noexcept { return batch_; }

    const Plan& plan() const noexcept { return batch_.plan; }

    const std::string& id() const noexcept { return batch_.id; }

    /// What the state file says now: flags and counts.
    void refresh(Batch batch);

    bool is_stopped() const noexcept { return batch_.paused || batch_.aborted; }

    std::vector<StepRun>& steps() noexcept { return steps_; }

    const std::vector<StepRun>& steps() const noexcept { return steps_; }

    /// Workers busy at the busiest step: what the batch's share is compared with.
    std::size_t slots() const noexcept;

    /// Items waiting for a worker, at any step.
    std::size_t ready() const noexcept;

    /// How many items the next claim should take, so that about half a second of work is in hand:
    /// `slots` workers with `window` items each are to be kept busy.
    std::size_t wish(std::size_t slots) const noexcept;

    /// An item was at work for so long at a step.
    void measure(std::chrono::nanoseconds elapsed) noexcept;

    std::size_t in_hand = 0;  ///< claimed and not yet committed as settled
    bool claimable = true;    ///< the last claim found more, or nobody has asked yet
    std::optional<int> bell;  ///< number of its doorbell that waits for its claim

private:
    std::size_t window() const noexcept;

    Batch batch_;
    std::vector<StepRun> steps_;
    double seconds_each_ = 0;  ///< moving average; 0 before the first
};

}  // namespace batch
