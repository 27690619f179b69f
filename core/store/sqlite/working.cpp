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
// What the indexes are made for, to the letter.
#define IS_OPEN "status BETWEEN 0 AND 2 AND paused IS NULL AND abort_reason IS NULL "
#define HAS_FRESH "total - next - holes > 0 "
#define IS_FRESH IS_OPEN "AND " HAS_FRESH "AND backoff_until = 0 "
#define IS_HELD IS_OPEN "AND " HAS_FRESH "AND backoff_until > 0 "
#define HAS_RETRIES IS_OPEN "AND retry_due IS NOT NULL "
constexpr const char* find_fresh =
    "SELECT no, looked_at, priority FROM batch INDEXED BY batch_fresh WHERE " IS_FRESH
    "AND priority = ?1 ORDER BY looked_at, no LIMIT ?2";
constexpr const char* find_held =
    "SELECT no, looked_at, priority FROM batch INDEXED BY batch_held WHERE " IS_HELD
    "AND backoff_until <= ?1 ORDER BY backoff_until LIMIT ?2";
constexpr const char* find_due =
    "SELECT no, looked_at, priority FROM batch INDEXED BY batch_retry WHERE " HAS_RETRIES
    "AND max(backoff_until, retry_due) <= ?1 ORDER BY max(backoff_until, retry_due) LIMIT ?2";
constexpr const char* is_claimable_now =
    "SELECT EXISTS(SELECT 1 FROM batch WHERE no = ?1 AND " IS_OPEN
    "AND backoff_until <= ?2 AND (" HAS_FRESH "OR retry_due <= ?2))";
constexpr const char* next_held =
    "SELECT backoff_until FROM batch INDEXED BY batch_held WHERE " IS_HELD
    "AND backoff_until > ?1 ORDER BY backoff_until LIMIT 1";
constexpr const char* next_retry =
    "SELECT max(backoff_until, retry_due) FROM batch INDEXED BY batch_retry WHERE " HAS_RETRIES
    "AND max(backoff_until, retry_due) > ?1 ORDER BY max(backoff_until, retry_due) LIMIT 1";
// Those that run alone.
constexpr const char* find_alone =
    "SELECT batch.no FROM retry INDEXED BY retry_alone CROSS JOIN batch ON batch.no = retry.id >> "
    "32 "
    "WHERE claim = 0 AND lost >= 3 AND due <= ?1 AND status BETWEEN 0 AND 2 AND paused IS NULL "
    "AND abort_reason IS NULL AND backoff_until <= ?1 ORDER BY due LIMIT 1";
constexpr const char* next_alone =
    "SELECT due FROM retry INDEXED BY retry_alone WHERE claim = 0 AND lost >= 3 AND due > ?1 "
    "ORDER BY due LIMIT 1";
constexpr const char* all_marks = "SELECT id FROM cancel_mark ORDER BY id";

void append(std::vector<OpenBatch>& found, Rows rows, bool was_due) {
    while (rows.next()) {
        found.push_back({.no = rows.integer(0),
                         .looked_at = rows.time(1),
                         .priority = static_cast<Priority>(rows.integer(2)),
                         .was_due = was_due});
    }
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

std::vector<OpenBatch> SqliteWorking::open_batches(TimePoint at, std::size_t each) {
    finish_abandoned_retries(connection_);
    std::vector<OpenBatch> found;
    append(found, connection_.query(find_held, at, each), true);
    append(found, connection_.query(find_due, at, each), true);
    for (const Priority priority : {Priority::high, Priority::normal, Priority::low}) {
        append(found, connection_.query(find_fresh, static_cast<int>(priority), each), false);
    }
    return found;
}

bool SqliteWorking::is_claimable(BatchNo batch, TimePoint at) {
    return connection_.query(is_claimable_now, batch, at).next_integer() != 0;
}

std::optional<TimePoint> SqliteWorking::next_due(TimePoint after) {
    std::optional<TimePoint> earliest;
    for (const char* next : {next_alone, next_held, next_retry}) {
        Rows row = connection_.query(next, after);
        if (row.next() && (!earliest || row.time(0) < *earliest)) {
            earliest = row.time(0);
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

std::vector<ItemId> SqliteWorking::cancel_marks() {
    std::vector<ItemId> marks;
    Rows rows = connection_.query(all_marks);
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
