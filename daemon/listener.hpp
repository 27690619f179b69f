#pragma once

#include "core/base/time.hpp"
#include "core/plugin/frames.hpp"
#include "daemon/board.hpp"
#include "daemon/log.hpp"
#include "daemon/outcomes.hpp"
#include "daemon/pool.hpp"

#include <string>
#include <string_view>

namespace batch {

/// Hears what workers say and how they end, and hands it to Outcomes.
/// Loop thread only.
class Listener {
public:
    Listener(Board& board, Pool& pool, Outcomes& outcomes, std::uint64_t log_size, const Log& log)
        : board_(board), pool_(pool), outcomes_(outcomes), log_size_(log_size), log_(log) {}

    /// What is kept of an attempt's log, in bytes.
    void set_log_size(std::uint64_t bytes) noexcept { log_size_ = bytes; }

    /// Reads its standard output once.
    void read(Worker& worker);

    /// Reads its standard error: the log of the item it is at, if that is clear.
    void read_err(Worker& worker);

    /// The process has ended.  Removes the worker.
    void ended(Worker& worker);

    /// The item's time is up: the worker and all it started are killed, its other items run again.
    void time_out(Worker& worker, std::uint64_t id);

    /// Kills the worker for the sake of items that `wanted` picks; those are cancelled, the others
    /// run again.
    void cancel(Worker& worker, std::function<bool(const Execution&)> wanted);

    /// Ends the worker, with TERM and some time or at once; its items go back to pending.
    enum class Speed { with_grace, at_once };
    void stop(Worker& worker, Speed speed);

    /// Its standard output has been closed for long, and it has not ended: nothing will come of it.
    void went_mute(Worker& worker);

    /// The worker did not become ready in time.
    void start_overdue(Worker& worker);

private:
    bool take_line(Worker& worker, std::string_view line);
    bool take(Worker& worker, const Answer& answer);
    void take_result(Worker& worker, const Answer& answer);
    void take_error(Worker& worker, const Answer& answer);
    void take_log(Execution& execution, LogLine line) const;
    bool broke_protocol(Worker& worker, std::string_view what);
    void died(Worker& worker, const Exit& exit);
    void refused(Worker& worker, const PluginError& fault);
    void again(Worker::Left left);
    void hand_back(Worker::Left left);

    Board& board_;
    Pool& pool_;
    Outcomes& outcomes_;
    std::uint64_t log_size_;
    const Log& log_;
    AnswerReader reader_;
};

}  // namespace batch
