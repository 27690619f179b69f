#include "core/store/sqlite/rescue.hpp"

#include "core/os/crash_point.hpp"
#include "core/store/sqlite/ending.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/removal.hpp"
#include "core/store/sqlite/waiting.hpp"
#include "core/store/sqlite/writer.hpp"

#include <algorithm>
#include <vector>

namespace batch::sqlite {
namespace {

constexpr const char* foreign_leases =
    "SELECT no, batch, first, count FROM lease WHERE owner <> ?1 ORDER BY no";
constexpr const char* own_leases =
    "SELECT no, batch, first, count FROM lease WHERE owner = ?1 ORDER BY no";
constexpr const char* delete_lease = "DELETE FROM lease WHERE no = ?1";

// Ids of what a worker had been given.
constexpr const char* make_handed =
    "CREATE TEMP TABLE IF NOT EXISTS handed(id INTEGER PRIMARY KEY); DELETE FROM temp.handed";
constexpr const char* insert_handed = "INSERT OR IGNORE INTO temp.handed(id) VALUES(?1)";
#define WAS_HANDED(table) "EXISTS(SELECT 1 FROM temp.handed WHERE handed.id = " table ".id)"

constexpr const char* find_untold =
    "SELECT id, '' FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = item.id)";
constexpr const char* find_taken =
    "SELECT id, carried FROM retry INDEXED BY retry_taken WHERE claim = ?1 AND claim > 0";

// Items of a lease that nothing is known of.
constexpr const char* cancel_untold =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step) "
    "SELECT id, 5, ?3, 0, ?4, 0, 0 FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = item.id)";
constexpr const char* cancel_marked_untold =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step) "
    "SELECT id, 5, ?3, 0, ?4, 0, 0 FROM cancel_mark WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = cancel_mark.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = cancel_mark.id)";
constexpr const char* return_untold =
    "INSERT INTO retry(id, due, attempts, lost) "
    "SELECT id, ?3, 0, " WAS_HANDED("item") " FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = item.id)";

// Retries that were in an attempt.  "claim > 0" is what lets the partial index be used.
constexpr const char* end_taken =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step, error, output) "
    "SELECT id, 5, claim, attempts, ?2, 0, step, error, carried "
    "FROM retry INDEXED BY retry_taken WHERE claim = ?1 AND claim > 0 "
    "AND (?3 OR EXISTS(SELECT 1 FROM cancel_mark WHERE cancel_mark.id = retry.id))";
constexpr const char* delete_ended_retries =
    "DELETE FROM retry INDEXED BY retry_taken WHERE claim = ?1 AND claim > 0 "
    "AND EXISTS(SELECT 1 FROM result WHERE result.id = retry.id)";
constexpr const char* return_taken =
    "UPDATE retry INDEXED BY retry_taken SET claim = 0, due = ?2, lost = lost + " WAS_HANDED(
        "retry") " WHERE claim = ?1 AND claim > 0";
constexpr const char* find_lost =
    "SELECT id, attempts FROM retry INDEXED BY retry_taken WHERE claim = ?1 AND claim > 0 "
    "AND lost + " WAS_HANDED("retry") " >= 6";
constexpr const char* end_lost =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step, error, output) "
    "SELECT id, 4, claim, attempts, ?2, 0, step, ?3, carried FROM retry WHERE id = ?1";
// A plugin is held back in the memory of one daemon only.
constexpr const char* end_breaks =
    "UPDATE batch INDEXED BY batch_open SET paused = NULL "
    "WHERE status < 3 AND status >= 0 AND paused ->> 'code' = 'breaker'";
constexpr const char* delete_ended_marks =
    "DELETE FROM cancel_mark WHERE id >= ?1 AND id < ?2 "
    "AND EXISTS(SELECT 1 FROM result WHERE result.id = cancel_mark.id)";

struct Lease {
    std::int64_t no = 0;
    BatchNo batch = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
};

std::vector<Lease> find_leases(Connection& connection, const char* which, std::int64_t owner) {
    std::vector<Lease> leases;
    Rows rows = connection.query(which, owner);
    while (rows.next()) {
        leases.push_back({.no = rows.integer(0),
                          .batch = rows.integer(1),
                          .first = rows.integer(2),
                          .count = rows.integer(3)});
    }
    return leases;
}

void note_handed(Connection& connection, std::span<const std::int64_t> handed) {
    connection.execute(make_handed);
    for (const std::int64_t id : handed) {
        connection.run(insert_handed, id);
    }
}

void append(std::vector<LeftItem>& items, Rows rows) {
    while (rows.next()) {
        items.push_back({{rows.integer(0)}, rows.string(1)});
    }
}

// An item that was at work each time that a daemon went is not innocent six times.
std::int64_t fail_lost(Connection& connection, const Lease& lease, Ledger& ledger, TimePoint at) {
    std::vector<std::pair<ItemId, int>> lost;
    {
        Rows rows = connection.query(find_lost, lease.no);
        while (rows.next()) {
            lost.emplace_back(ItemId{rows.integer(0)}, static_cast<int>(rows.integer(1)));
        }
    }
    for (const auto& [id, attempts] : lost) {
        const ItemError error{.error_class = ErrorClass::permanent,
                              .code = "lost",
                              .message = "batchd was lost six times while this was at work",
                              .attempt = attempts + 1,
                              .at = at};
        connection.run(end_lost, id.value, at, to_json(error));
        ledger.failed(id, error);
    }
    return static_cast<std::int64_t>(lost.size());
}

std::int64_t rescue_fresh(Connection& connection, const Lease& lease, BatchRow& batch,
                          TimePoint at) {
    const std::int64_t first = first_key(lease.batch) + lease.first;
    const std::int64_t end = first + lease.count;
    const char* ending = batch.aborted ? cancel_untold : cancel_marked_untold;
    const auto ended = connection.run(ending, first, end, lease.no, at);
    const auto returned = connection.run(return_untold, first, end, at);
    batch.cancelled += ended;
    batch.waiting += returned;
    return ended + returned;
}

std::int64_t rescue_retries(Connection& connection, const Lease& lease, Ledger& ledger,
                            TimePoint at) {
    BatchRow& batch = ledger.at(lease.batch);
    const auto cancelled = connection.run(end_taken, lease.no, at, batch.aborted);
    connection.run(delete_ended_retries, lease.no);
    const auto failed = fail_lost(connection, lease, ledger, at);
    connection.run(delete_ended_retries, lease.no);
    const auto returned = connection.run(return_taken, lease.no, at);
    batch.cancelled += cancelled;
    batch.failed += failed;
    batch.waiting -= cancelled + failed;
    batch.taken -= cancelled + failed + returned;
    return cancelled + failed + returned;
}

std::int64_t rescue_lease(Connection& connection, const Lease& lease) {
    const TimePoint at = now();
    std::int64_t rescued = 0;
    Transaction transaction(connection, Access::write);
    Ledger ledger(connection, "batchd");
    if (BatchRow* batch = ledger.find(lease.batch)) {
        rescued = lease.count > 0 ? rescue_fresh(connection, lease, *batch, at)
                                  : rescue_retries(connection, lease, ledger, at);
        connection.run(delete_ended_marks, first_key(lease.batch), end_key(lease.batch));
        if (rescued > 0) {
            ledger.handed_back(lease.batch, rescued);
        }
    }
    connection.run(delete_lease, lease.no);
    ledger.write(at);
    transaction.commit();
    return rescued;
}

// The batch has got a part of its items back: that part runs.
void finish_retry(Connection& connection, BatchNo batch) {
    Transaction transaction(connection, Access::write);
    Ledger ledger(connection, "batchd");
    ledger.find(batch);
    forget_writer(connection, batch);
    ledger.write(now());
    transaction.commit();
}

}  // namespace

std::vector<LeftItem> in_hand_of_others(Connection& connection, std::int64_t owner) {
    std::vector<LeftItem> items;
    for (const Lease& lease : find_leases(connection, foreign_leases, owner)) {
        const std::int64_t first = first_key(lease.batch) + lease.first;
        append(items, lease.count > 0 ? connection.query(find_untold, first, first + lease.count)
                                      : connection.query(find_taken, lease.no));
    }
    return items;
}

std::size_t rescue(Connection& connection, std::int64_t owner,
                   std::span<const std::int64_t> handed) {
    std::int64_t rescued = 0;
    note_handed(connection, handed);
    for (const Lease& lease : find_leases(connection, foreign_leases, owner)) {
        rescued += rescue_lease(connection, lease);
        crash_point("rescue.lease");
    }
    connection.run(end_breaks);
    for (const Abandoned& abandoned : abandoned_work(connection)) {
        if (abandoned.work == retrying) {
            finish_retry(connection, abandoned.batch);
        } else {
            remove_rows(connection, abandoned.batch);
        }
    }
    end_waiting_of_aborted(connection);
    shorten_waits(connection);
    remove_unused_templates(connection);
    return static_cast<std::size_t>(rescued);
}

void give_back_unknown(Connection& connection, std::int64_t owner, std::span<const ClaimNo> known) {
    note_handed(connection, {});
    for (const Lease& lease : find_leases(connection, own_leases, owner)) {
        if (std::ranges::find(known, lease.no) == known.end()) {
            rescue_lease(connection, lease);
        }
    }
}

void finish_abandoned_retries(Connection& connection) {
    for (const Abandoned& abandoned : abandoned_work(connection)) {
        if (abandoned.work == retrying) {
            finish_retry(connection, abandoned.batch);
        }
    }
}

}  // namespace batch::sqlite
