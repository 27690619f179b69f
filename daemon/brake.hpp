#pragma once

#include "core/store/working.hpp"
#include "daemon/board.hpp"
#include "daemon/listener.hpp"
#include "daemon/outcomes.hpp"
#include "daemon/pool.hpp"

#include <functional>
#include <vector>

namespace batch {

/// Carries out what people decided about batches at work: pauses and cancellations.
/// Loop thread only.
class Brake {
public:
    Brake(Board& board, Pool& pool, Listener& listener, Outcomes& outcomes, Working& store)
        : board_(board), pool_(pool), listener_(listener), outcomes_(outcomes), store_(store) {}

    /// What is paused gives back what waits for a worker; what is cancelled also what is at work.
    void apply();

    /// Gives back what waits for a worker: to pending, or cancelled with its batch.
    void release(BatchRun& run);

private:
    using Wanted = std::function<bool(const Execution&)>;

    void cancel_where(const Wanted& wanted);
    void cancel_items(BatchRun& run, const std::vector<ItemId>& marks);

    Board& board_;
    Pool& pool_;
    Listener& listener_;
    Outcomes& outcomes_;
    Working& store_;
};

}  // namespace batch
