#include "core/store/sqlite/rescue.hpp"

#include "core/store/sqlite/ending.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/removal.hpp"
#include "core/store/sqlite/waiting.hpp"
#include "core/store/sqlite/writer.hpp"

#include <vector>

namespace batch::sqlite {
namespace {

constexpr const char* foreign_leases =
    "SELECT no, batch, first, count FROM lease WHERE owner <> ?1 ORDER BY no";
constexpr const char* delete_lease = "DELETE FROM lease WHERE no = ?1";

// Items of a lease that nothing is known of.
constexpr const char* end_untold =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step) "
    "SELECT id, 5, ?3, 0, ?4, 0, 0 FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = item.id)";
constexpr const char* end_marked_untold =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step) "
    "SELECT id, 5, ?3, 0, ?4, 0, 0 FROM cancel_mark WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = cancel_mark.id) "
    "AND NOT EXISTS(SELECT 1 FROM retry WHERE retry.id = cancel_mark.id)";
constexpr const char* return_untold =
    "INSERT INTO retry(id, due, attempts) "
    "SELECT id, ?3, 0 FROM item WHERE id >= ?1 AND id < ?2 "
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
    "UPDATE retry INDEXED BY retry_taken SET claim = 0, due = ?2 WHERE claim = ?1 AND claim > 0";
constexpr const char* delete_ended_marks =
    "DELETE FROM cancel_mark WHERE id >= ?1 AND id < ?2 "
    "AND EXISTS(SELECT 1 FROM result WHERE result.id = cancel_mark.id)";

struct Lease {
    std::int64_t no = 0;
    BatchNo batch = 0;
    std::int64_t first = 0;
    std::int64_t count = 0;
};

std::vector<Lease> leases_of_others(Connection& connection, std::int64_t owner) {
    std::vector<Lease> leases;
    Rows rows = connection.query(foreign_leases, owner);
    while (rows.next()) {
        leases.push_back({.no = rows.integer(0),
                          .batch = rows.integer(1),
                          .first = rows.integer(2),
                          .count = rows.integer(3)});
    }
    return leases;
}

std::int64_t rescue_fresh(Connection& connection, const Lease& lease, BatchRow& batch,
                          TimePoint at) {
    const std::int64_t first = first_key(lease.batch) + lease.first;
    const std::int64_t end = first + lease.count;
    const char* ending = batch.aborted ? end_untold : end_marked_untold;
    const auto ended = connection.run(ending, first, end, lease.no, at);
    const auto returned = connection.run(return_untold, first, end, at);
    batch.cancelled += ended;
    batch.waiting += returned;
    return ended + returned;
}

std::int64_t rescue_retries(Connection& connection, const Lease& lease, BatchRow& batch,
                            TimePoint at) {
    const auto ended = connection.run(end_taken, lease.no, at, batch.aborted);
    connection.run(delete_ended_retries, lease.no);
    const auto returned = connection.run(return_taken, lease.no, at);
    batch.cancelled += ended;
    batch.waiting -= ended;
    batch.taken -= ended + returned;
    return ended + returned;
}

std::int64_t rescue_lease(Connection& connection, const Lease& lease) {
    const TimePoint at = now();
    std::int64_t rescued = 0;
    Transaction transaction(connection, Access::write);
    Ledger ledger(connection, "batchd");
    if (BatchRow* batch = ledger.find(lease.batch)) {
        rescued = lease.count > 0 ? rescue_fresh(connection, lease, *batch, at)
                                  : rescue_retries(connection, lease, *batch, at);
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

std::size_t rescue(Connection& connection, std::int64_t owner) {
    std::int64_t rescued = 0;
    for (const Lease& lease : leases_of_others(connection, owner)) {
        rescued += rescue_lease(connection, lease);
    }
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

void finish_abandoned_retries(Connection& connection) {
    for (const Abandoned& abandoned : abandoned_work(connection)) {
        if (abandoned.work == retrying) {
            finish_retry(connection, abandoned.batch);
        }
    }
}

}  // namespace batch::sqlite
