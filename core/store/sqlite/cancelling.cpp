#include "core/store/sqlite/cancelling.hpp"

#include "core/base/text.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/process.hpp"
#include "core/store/sqlite/batches.hpp"
#include "core/store/sqlite/ending.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/ranges.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/texts.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr const char* set_aborted =
    "UPDATE batch SET abort_reason = ?2, paused = NULL WHERE no = ?1";

// Of the keys [?1, ?2).
constexpr const char* end_waiting_items =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step, error, output) "
    "SELECT id, 5, 0, attempts, ?3, 0, step, error, carried FROM retry "
    "WHERE id >= ?1 AND id < ?2 AND claim = 0";
constexpr const char* delete_waiting_items =
    "DELETE FROM retry WHERE id >= ?1 AND id < ?2 AND claim = 0";
constexpr const char* mark_taken_retries =
    "INSERT INTO cancel_mark(id) SELECT id FROM retry WHERE id >= ?1 AND id < ?2 AND claim > 0 "
    "ON CONFLICT DO NOTHING";
constexpr const char* mark_leased_items =
    "INSERT INTO cancel_mark(id) SELECT id FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = item.id) ON CONFLICT DO NOTHING";
constexpr const char* end_fresh_items =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step) "
    "SELECT id, 5, 0, 0, ?3, 0, 0 FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id)";
constexpr const char* count_marks = "SELECT count(*) FROM cancel_mark WHERE id >= ?1 AND id < ?2";

// One slice of the keys [first, end).  Returns how many items ended.
std::int64_t cancel_slice(Connection& connection, BatchRow& batch, std::int64_t first,
                          std::int64_t end) {
    const TimePoint at = now();
    const std::int64_t never_taken = first_key(batch.no) + batch.next;
    const auto waited = connection.run(end_waiting_items, first, end, at);
    connection.run(delete_waiting_items, first, end);
    connection.run(mark_taken_retries, first, end);
    connection.run(mark_leased_items, first, std::min(end, never_taken));
    const auto fresh = connection.run(end_fresh_items, std::max(first, never_taken), end, at);
    batch.waiting -= waited;
    batch.holes += fresh;
    batch.cancelled += waited + fresh;
    return waited + fresh;
}

Touched cancel_range(Connection& connection, BatchNo batch, const IndexRange& range) {
    Touched touched;
    const std::int64_t end = ItemId::of(batch, range.last).value + 1;
    for (std::int64_t first = ItemId::of(batch, range.first).value; first < end;
         first += slice_rows) {
        const std::int64_t slice_end = std::min(end, first + slice_rows);
        {
            Transaction transaction(connection, Access::write);
            Ledger ledger(connection, user_name());
            BatchRow& row = ledger.at(batch);
            if (is_final(row.status) || row.aborted) {
                return touched;
            }
            const auto ended = cancel_slice(connection, row, first, slice_end);
            if (ended > 0) {
                ledger.event(batch, "cancelled", plural(ended, "item"));
            }
            touched.changed += ended;
            touched.running += connection.query(count_marks, first, slice_end).next_integer();
            ledger.write(now());
            transaction.commit();
            crash_point("cancel.slice");
        }
        if (slice_end < end) {
            pause_after_slice();
        }
    }
    return touched;
}

}  // namespace

// All at once, without a look at the items: from the abort reason follows what has become of those
// that are not at work.
Touched cancel_batch(Connection& connection, BatchNo batch, const Reason& reason) {
    Touched touched;
    {
        Transaction transaction(connection, Access::write);
        Ledger ledger(connection, user_name());
        BatchRow& row = ledger.at(batch);
        touched.running = row.counts().running;
        if (!is_final(row.status) && !row.aborted) {
            touched.changed = row.counts().pending;
            connection.run(set_aborted, batch, to_json(reason));
            row.aborted = true;
            row.cancelled += touched.changed;
            row.next = row.total;
            row.holes = 0;
            row.waiting = row.taken;
            ledger.event(batch, "cancelled", reason.code);
        }
        ledger.write(now());
        transaction.commit();
    }
    crash_point("cancel.flagged");
    end_waiting(connection, batch);
    touched.after = existing_batch(connection, batch);
    return touched;
}

Touched cancel_items(Connection& connection, BatchNo batch, const std::vector<IndexRange>& ranges) {
    Touched touched;
    const std::int64_t total = existing_batch(connection, batch).counts.total;
    for (const IndexRange& range : normalised(ranges, total)) {
        const Touched part = cancel_range(connection, batch, range);
        touched.changed += part.changed;
        touched.running += part.running;
    }
    touched.after = existing_batch(connection, batch);
    return touched;
}

}  // namespace batch::sqlite
