#pragma once

#include "core/model/item.hpp"
#include "core/store/sqlite/connection.hpp"
#include "core/store/sqlite/failure_counts.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::sqlite {

/// A batch's counters and flags.
///
///     running = next - (done + failed + cancelled - holes) - (waiting - taken)
///     pending = total - next - holes + (waiting - taken)
struct BatchRow {
    BatchNo no = 0;
    BatchStatus status = BatchStatus::draft;
    std::int64_t total = 0;
    std::int64_t next = 0;  ///< the first index that was never taken
    std::int64_t done = 0;
    std::int64_t failed = 0;
    std::int64_t cancelled = 0;
    std::int64_t waiting = 0;  ///< rows in retry
    std::int64_t taken = 0;    ///< those of them that are in an attempt
    std::int64_t holes = 0;    ///< results at or above next
    std::int64_t bell = 0;
    bool confirmed = false;
    bool ever_claimed = false;
    bool paused = false;
    bool aborted = false;       ///< has an abort reason
    std::int64_t failures = 0;  ///< of batchd itself, one after the other
    TimePoint backoff_until{};
    TimePoint looked_at{};
    std::optional<TimePoint> retry_due;  ///< of the first waiting retry; not of those for alone
    std::optional<TimePoint> started_at;
    std::optional<TimePoint> finished_at;

    bool operator==(const BatchRow&) const = default;

    /// Items that were never taken and have no result.
    std::int64_t fresh() const noexcept { return total - next - holes; }

    Counts counts() const noexcept;
    BatchStatus derived() const noexcept;
};

/// When the first of its waiting retries is due, but of those that run alone.
std::optional<TimePoint> earliest_retry(Connection& connection, BatchNo batch);

/// Error{not_found} for a batch that somebody has removed meanwhile.
Error removed(BatchNo batch);

/// The batches that one writing transaction touches: each is read once, changed in memory and
/// written once.  The only place that changes the counters of a batch, and its status with them.
class Ledger {
public:
    /// `actor` is who the events say did it.
    Ledger(Connection& connection, std::string actor);

    /// Null if the batch is not there or a draft.  What is found may be changed until write().
    BatchRow* find(BatchNo batch);

    /// A batch that must be there.  Throws Error{not_found}.
    BatchRow& at(BatchNo batch);

    /// Notes the code of a failed item; the counter `failed` is the caller's.
    void failed(ItemId item, const ItemError& error);

    /// Notes a transition; changes of the status are noted by write().
    void event(BatchNo batch, std::string_view event, std::string_view cause = {});
    void event(ItemId item, std::string_view event, std::string_view cause);

    /// Notes items that went back without a failure; one event per batch tells how many.
    void handed_back(BatchNo batch, std::int64_t items) { handed_back_[batch] += items; }

    /// The status stays as it is for this transaction: more slices follow.
    void keep_status(BatchNo batch);

    /// Writes what has changed, with the status that follows from it; once, before the commit.
    void write(TimePoint at);

private:
    struct Entry {
        BatchRow before;
        BatchRow after;
        bool keep_status = false;
    };

    struct Event {
        BatchNo batch = 0;
        std::optional<ItemIndex> item;
        std::string_view event;  ///< a constant
        std::string cause;
    };

    void write(Entry& entry, TimePoint at);
    void write(const Event& event, TimePoint at);

    Connection& connection_;
    std::string actor_;
    std::map<BatchNo, Entry> entries_;
    std::map<BatchNo, FailureCounts> failed_;
    std::map<BatchNo, std::int64_t> handed_back_;
    std::map<BatchNo, std::int64_t> last_event_;
    std::vector<Event> events_;
};

}  // namespace batch::sqlite
