#pragma once

#include "daemon/board.hpp"
#include "daemon/outcomes.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/pool.hpp"

#include <cstddef>
#include <string>

namespace batch {

/// Brings waiting items to workers, fairly between batches.
///
/// A slot is a worker that is busy for a batch at its busiest step.  There are as many slots as the
/// largest -j of the batches at work asks for (at most workers.max); they are shared evenly, and
/// each batch takes at most its own -j of them.  A running item is never pre-empted.
/// Loop thread only.
class Dispatcher {
public:
    Dispatcher(Board& board, Pool& pool, const Pipeline& pipeline, Outcomes& outcomes)
        : board_(board), pool_(pool), pipeline_(pipeline), outcomes_(outcomes) {}

    /// -j of a batch that does not say, and the bound of all together.
    struct Limits {
        std::size_t usual = 1;
        std::size_t most = 64;
    };

    /// Sends what can be sent.
    void assign(const Limits& limits);

    /// Slots that a batch may use now.
    std::size_t slots_of(const BatchRun& run, const Limits& limits) const noexcept;

private:
    struct Turn;

    void count_slots(Turn& turn, const Limits& limits) const;
    bool serve(BatchRun& run, Turn& turn);
    void serve_step(BatchRun& run, std::size_t step, Turn& turn);
    Worker* pick(BatchRun& run, std::size_t step, Turn& turn);
    Worker* least_busy(const BatchRun& run, std::size_t step, const Turn& turn,
                       std::size_t ahead) const;
    bool start(const BatchRun& run, const StepRun& step);
    void send(Worker& worker, ExecutionPtr execution);

    Board& board_;
    Pool& pool_;
    const Pipeline& pipeline_;
    Outcomes& outcomes_;
    std::string frame_;  ///< of the item that is being sent; its memory is used again
};

}  // namespace batch
