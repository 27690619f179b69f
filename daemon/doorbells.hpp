#pragma once

#include "core/base/time.hpp"
#include "core/queue/queue.hpp"
#include "core/store/store.hpp"
#include "daemon/board.hpp"
#include "daemon/log.hpp"
#include "daemon/recorder.hpp"

#include <map>
#include <optional>
#include <vector>

namespace batch {

/// What rings for this daemon: nudges of those who use the same state file, and the deliveries of a
/// broker, each of which is answered when what it has led to is on disk, or after a minute.
///
/// A doorbell with the batch's current number is good for one claim.  If more is claimable then,
/// the claim has allocated the next number, and that is rung once. Loop thread only.
class Doorbells {
public:
    /// `queue` is null where the state file itself is the queue.
    Doorbells(Consumer& nudges, Consumer* queue, Store& store, Board& board, const Log& log)
        : nudges_(nudges), queue_(queue), store_(store), board_(board), log_(log) {}

    int nudges_fd() const { return nudges_.poll_fd(); }

    /// -1: there is no broker.
    int queue_fd() const { return queue_ == nullptr ? -1 : queue_->poll_fd(); }

    /// Takes what has come; wakes its batches.
    void hear();

    /// The state file cannot be used: what comes is held without looking at it, and nothing more is
    /// wanted.  Until go_on().
    void hold();
    void go_on();

    /// Nothing more is wanted, because this daemon leaves.
    void leave();

    /// The claim that the batch's waiting doorbell is good for.  Run's `bell` is used up.
    std::optional<Chunk> claim(Work& work, BatchRun& run, std::size_t limit, std::size_t bytes);

    /// The claims are on disk: rings for the next ones, and answers what is settled.
    void committed(const Recorder& recorder);

    /// Answers what has waited for a minute or for nothing.
    void look_after_time(BootTime at);

    /// When look_after_time() has something to do; the far future if nothing waits.
    BootTime due() const;

    /// Before the daemon leaves: what is in the state file needs no doorbell.
    void answer_all();

private:
    struct Held {
        Ticket ticket;
        BootTime since{};
    };

    struct Claim {
        ClaimNo claim = 0;
        Held held;
        std::optional<Doorbell> next;  ///< to be rung
    };

    void take(const Received& delivery);
    bool is_idle(BatchNo batch);

    Consumer& nudges_;
    Consumer* queue_;
    Store& store_;
    Board& board_;
    const Log& log_;
    bool held_ = false;
    std::vector<Received> untouched_;  ///< came while held
    std::map<BatchNo, Held> waiting_;  ///< for their claim
    std::vector<Claim> claims_;        ///< of the transaction at hand
    std::vector<Claim> working_;       ///< their items are not all settled
};

}  // namespace batch
