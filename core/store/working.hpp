#pragma once

#include "core/model/item.hpp"
#include "core/store/reading.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// A write-ahead log of so many bytes is moved into the main file at the next good moment: the
/// stall grows with it, 2.5 ms per MB, and whoever opens the file next has to read all of it.
inline constexpr std::uint64_t large_wal = 16'000'000;

/// Of so many, somebody has been reading for so long that it cannot be moved.
inline constexpr std::uint64_t stuck_wal = 256'000'000;

/// Number of a claim; batch:index:claim names one execution; never reused.
using ClaimNo = std::int64_t;

/// An item that was handed to this daemon.
struct Claimed {
    ItemId id;
    int attempts = 0;      ///< recorded failures so far
    int base = 0;          ///< of these, those before the last retry command
    int deaths = 0;        ///< workers that died with it alone in hand
    int lost = 0;          ///< daemons that were lost with it
    bool suspect = false;  ///< to be sent to a worker alone
    bool again = false;    ///< it was claimed before, and may have been begun
    int step = 0;          ///< the step to go on with
    std::string carried;   ///< output of the step before, as to_json(Output); empty at step 0
    std::int64_t line = 0;
    int suffix = 0;
    std::string payload;
};

/// One claim: items of one batch taken in one transaction.
struct Chunk {
    ClaimNo claim = 0;
    BatchNo batch = 0;
    std::vector<Claimed> items;
    bool more = false;                      ///< something is still claimable now
    TimePoint next_due = TimePoint::max();  ///< of its batch's retries that are not due yet
    std::optional<int> next_bell;  ///< of a doorbell's claim with more: the number to ring next
};

/// The final record of an item.
struct Finished {
    ItemId id;
    ItemStatus status = ItemStatus::done;
    int attempts = 0;
    TimePoint at{};
    Millis duration{0};
    std::string_view output;           ///< JSON of Output; empty: none
    const ItemError* error = nullptr;  ///< failed or cancelled items
    int step = 0;  ///< of an item that is not done: where a retry command goes on, with
                   ///< `output` being what the step before made
};

/// An item that goes back to pending.
struct Returned {
    ItemId id;
    TimePoint due{};  ///< not before; now for a hand-back
    int attempts = 0;
    int deaths = 0;
    int lost = 0;
    bool suspect = false;
    int step = 0;
    std::string_view carried;
    const ItemError* error = nullptr;  ///< of the attempt that failed; absent for a hand-back
};

/// One writing transaction of the daemon (BEGIN IMMEDIATE).  Results and the next claims ride on
/// one commit, because each commit is a flush of the disk.  Rolled back if not committed.
///
/// While it lives, other changes through the same Store must wait; what is read through it does not
/// know the counters of this transaction yet.
class Work {
public:
    virtual ~Work() = default;

    /// The fence, asked once per claim and transaction: false once the claim is no longer ours, and
    /// then nothing of it may be recorded.
    virtual bool holds(ClaimNo claim) = 0;

    /// false if the item already had a result: then nothing was changed.  A group is written a
    /// third faster in the order of its ids.
    virtual bool finish(ClaimNo claim, const Finished& item) = 0;

    /// Ends the item as cancelled instead if its batch was aborted or it is marked.  false as for
    /// finish().
    virtual bool put_back(ClaimNo claim, const Returned& item) = 0;

    /// All items of the claim are settled.
    virtual void release(ClaimNo claim) = 0;
    virtual void log(ItemId id, const LogLine& line) = 0;

    /// Up to `limit` claimable items and about `bytes` of payload; nothing if there is none.
    /// Waiting retries come before fresh items, but are at most a quarter of a full chunk.
    virtual std::optional<Chunk> claim(BatchNo batch, std::size_t limit, std::size_t bytes) = 0;

    /// The same for a doorbell with this number: nothing unless it is the batch's current one; if
    /// more is claimable, the next number is allocated.
    virtual std::optional<Chunk> claim_for_bell(BatchNo batch, int bell, std::size_t limit,
                                                std::size_t bytes) = 0;

    /// One of the items that three daemons were lost with, which claim() leaves alone: it may run
    /// when nothing else is in hand.
    virtual std::optional<Chunk> claim_alone(BatchNo batch) = 0;
    virtual void pause(BatchNo batch, const Reason& reason) = 0;

    /// Ends a pause of batchd's own; only if it is still this one.
    virtual void end_pause(BatchNo batch, std::string_view code) = 0;

    /// After a failure of batchd itself: nothing more is claimed for a time that doubles with every
    /// failure (1 s to 5 min); the tenth without a result in between pauses the batch.  Returns
    /// when it goes on.
    virtual TimePoint hold_back(BatchNo batch) = 0;

    /// Throws Error{state}; what happened is then unknown until the file was opened again, but all
    /// of it may be done once more: what is recorded already stays as it is.
    virtual void commit() = 0;

protected:
    Work() = default;
    Work(const Work&) = default;
    Work& operator=(const Work&) = default;
};

/// What the sweep sees of a batch that has items which may be claimed.
struct OpenBatch {
    BatchNo no = 0;
    TimePoint looked_at{};  ///< when something of it was last claimed
    Priority priority = Priority::normal;
    bool was_due = false;  ///< some of them had to wait for their time
};

/// An item that a dead owner had in hand.
struct LeftItem {
    ItemId id;
    std::string carried;  ///< what its earlier steps have made, as to_json(Output); may be empty
};

/// The daemon's side.  Only the holder of the lock file uses it, on one thread.
class Working {
public:
    virtual ~Working() = default;

    /// Items that others have in hand; all of them, before take_over().
    virtual std::vector<LeftItem> left_by_others() = 0;

    /// Registers this process; hands back every item and draft of dead owners.  Returns how many
    /// items.  `handed` are the ids that had been given to a worker of an owner that was lost since
    /// the last boot: lost with six of them, an item has failed.
    virtual std::size_t take_over(const DaemonRow& me, std::span<const std::int64_t> handed) = 0;

    /// Throws Error{conflict} if another process has taken over.
    virtual std::unique_ptr<Work> begin() = 0;

    /// After a commit that failed: gives back what it may have claimed nevertheless, that is all of
    /// ours but `known`.
    virtual void keep_only(std::span<const ClaimNo> known) = 0;

    /// Batches that have items to claim at this time: those whose time to wait is over, the
    /// earliest first; then the others, the highest priority and then the oldest looked-at first.
    /// Of the former and of each priority not more than `each`; costs the same however many there
    /// are.
    virtual std::vector<OpenBatch> open_batches(TimePoint at, std::size_t each) = 0;

    /// Whether it has items to claim at this time.
    virtual bool is_claimable(BatchNo batch, TimePoint at) = 0;

    /// Earliest stored time at which a batch that has to wait becomes claimable.  Of a batch only
    /// the first time is known; the next one after a claim: Chunk::next_due.
    virtual std::optional<TimePoint> next_due(TimePoint after) = 0;

    /// The batch whose turn it is with an item for claim_alone(), if one is due.
    virtual std::optional<BatchNo> alone_next(TimePoint at) = 0;

    /// After the clock was set back: nothing waits longer from now than it can have meant.
    virtual void shorten_waits() = 0;

    /// Items marked for cancelling one by one, in order; the marks stay until the items end, so
    /// that there are never more than items at work.
    virtual std::vector<ItemId> cancel_marks() = 0;

    /// Bytes in the write-ahead log.
    virtual std::uint64_t wal_bytes() = 0;

    /// Moves the log into the main file (TRUNCATE); false if a reader or writer was in the way.
    virtual bool checkpoint() = 0;

protected:
    Working() = default;
    Working(const Working&) = default;
    Working& operator=(const Working&) = default;
};

}  // namespace batch
