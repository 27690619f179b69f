#include "core/store/sqlite/working.hpp"

#include "core/store/sqlite/checkpoint.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/rescue.hpp"
#include "core/store/sqlite/waiting.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr const char* insert_daemon =
    "INSERT INTO daemon(boot_id, pid, start_time, version, started_at) "
    "VALUES(?1, ?2, ?3, ?4, ?5)";
// The earliest retry of a batch, and the earliest after ?1, are found through the index of the
// waiting ones; batches that have none do not look.
#define EARLIEST_RETRY(condition)                                                          \
    "CASE WHEN waiting > taken THEN (SELECT min(due) FROM retry INDEXED BY retry_waiting " \
    "WHERE retry.id >> 32 = batch.no AND claim = 0 AND lost < 3" condition ") END, "
constexpr const char* all_open =
    "SELECT no, id, total - next - holes, paused IS NULL AND abort_reason IS NULL, "
    "backoff_until, " EARLIEST_RETRY("") EARLIEST_RETRY(" AND due > ?1")
    "looked_at, priority "
    "FROM batch INDEXED BY batch_open WHERE status < 3 AND status >= 0 "
    "ORDER BY priority DESC, looked_at, no";
// Those that run alone.
constexpr const char* find_alone =
    "SELECT batch.no FROM retry INDEXED BY retry_alone CROSS JOIN batch ON batch.no = retry.id >> "
    "32 "
    "WHERE claim = 0 AND lost >= 3 AND due <= ?1 AND status BETWEEN 0 AND 2 AND paused IS NULL "
    "AND abort_reason IS NULL AND backoff_until <= ?1 ORDER BY due LIMIT 1";
constexpr const char* next_alone =
    "SELECT min(due) FROM retry INDEXED BY retry_alone WHERE claim = 0 AND lost >= 3 AND due > ?1";
constexpr const char* marks_of =
    "SELECT id FROM cancel_mark WHERE id >= ?1 AND id < ?2 ORDER BY id";

// When what a batch has may be claimed; absent for what it has not.
struct OpenRow {
    OpenBatch batch;
    std::optional<TimePoint> fresh;
    std::optional<TimePoint> retries;
    std::optional<TimePoint> later_retries;  ///< those that were not due yet

    bool is_claimable(TimePoint at) const { return (fresh && *fresh <= at) || was_due(at); }

    bool was_due(TimePoint at) const {
        return (retries && *retries <= at) || (fresh && *fresh <= at && *fresh > TimePoint{});
    }

    // The first moment after `at` at which more may be claimed.
    std::optional<TimePoint> next_due(TimePoint at) const {
        std::optional<TimePoint> next;
        for (const auto& due : {fresh, retries, later_retries}) {
            if (due && *due > at && (!next || *due < *next)) {
                next = due;
            }
        }
        return next;
    }
};

OpenRow open_row(const Rows& row) {
    OpenRow open;
    open.batch.no = row.integer(0);
    open.batch.id = row.string(1);
    open.batch.looked_at = row.time(7);
    open.batch.priority = static_cast<Priority>(row.integer(8));
    if (row.integer(3) == 0) {
        return open;
    }
    const TimePoint backoff_until = row.time(4);
    if (row.integer(2) > 0) {
        open.fresh = backoff_until;
    }
    if (!row.is_null(5)) {
        open.retries = std::max(backoff_until, row.time(5));
    }
    if (!row.is_null(6)) {
        open.later_retries = std::max(backoff_until, row.time(6));
    }
    return open;
}

}  // namespace

std::vector<LeftItem> SqliteWorking::left_by_others() {
    return in_hand_of_others(connection_, shift_.owner);
}

std::size_t SqliteWorking::take_over(const DaemonRow& me, std::span<const std::int64_t> handed) {
    connection_.run(insert_daemon, me.boot_id, me.pid, me.start_time, me.version, me.started_at);
    shift_ = {.owner = connection_.last_insert(), .fresh_is_next = {}};
    return rescue(connection_, shift_.owner, handed);
}

std::unique_ptr<Work> SqliteWorking::begin() {
    return std::make_unique<SqliteWork>(connection_, shift_);
}

void SqliteWorking::keep_only(std::span<const ClaimNo> known) {
    give_back_unknown(connection_, shift_.owner, known);
}

std::vector<OpenBatch> SqliteWorking::open_batches(TimePoint at) {
    finish_abandoned_retries(connection_);
    std::vector<OpenBatch> found;
    Rows rows = connection_.query(all_open, at);
    while (rows.next()) {
        OpenRow open = open_row(rows);
        open.batch.claimable = open.is_claimable(at);
        open.batch.was_due = open.was_due(at);
        open.batch.next_due = open.next_due(at);
        found.push_back(std::move(open.batch));
    }
    return found;
}

std::optional<TimePoint> SqliteWorking::next_due(TimePoint after) {
    std::optional<TimePoint> earliest;
    {
        Rows row = connection_.query(next_alone, after);
        row.next();
        earliest = row.maybe_time(0);
    }
    Rows rows = connection_.query(all_open, after);
    while (rows.next()) {
        const auto due = open_row(rows).next_due(after);
        if (due && (!earliest || *due < *earliest)) {
            earliest = due;
        }
    }
    return earliest;
}

std::optional<BatchNo> SqliteWorking::alone_next(TimePoint at) {
    Rows row = connection_.query(find_alone, at);
    return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

void SqliteWorking::shorten_waits() {
    sqlite::shorten_waits(connection_);
}

std::vector<ItemId> SqliteWorking::cancel_marks(BatchNo batch) {
    std::vector<ItemId> marks;
    Rows rows = connection_.query(marks_of, first_key(batch), end_key(batch));
    while (rows.next()) {
        marks.push_back({rows.integer(0)});
    }
    return marks;
}

std::uint64_t SqliteWorking::wal_bytes() {
    return sqlite::wal_bytes(connection_);
}

bool SqliteWorking::checkpoint() {
    return sqlite::checkpoint(connection_);
}

}  // namespace batch::sqlite
