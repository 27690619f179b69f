#include "core/store/sqlite/ending.hpp"

#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/waiting.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr const char* end_some_waiting =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step, error, output) "
    "SELECT id, 5, 0, attempts, ?3, 0, step, error, carried "
    "FROM retry INDEXED BY retry_waiting WHERE id >> 32 = ?1 AND claim = 0 "
    "ORDER BY due, id LIMIT ?2";
constexpr const char* delete_some_waiting =
    "DELETE FROM retry WHERE id IN (SELECT id FROM retry INDEXED BY retry_waiting "
    "WHERE id >> 32 = ?1 AND claim = 0 ORDER BY due, id LIMIT ?2)";
constexpr const char* is_aborted =
    "SELECT EXISTS(SELECT 1 FROM batch WHERE no = ?1 AND abort_reason IS NOT NULL)";
constexpr const char* count_items = "SELECT total FROM batch WHERE no = ?1";
constexpr const char* end_some_untold =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step) "
    "SELECT id, 5, 0, 0, ?3, 0, 0 FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id)";

bool still_aborted(Connection& connection, BatchNo batch) {
    return connection.query(is_aborted, batch).next_integer() != 0;
}

/// None if the batch was removed meanwhile.
std::int64_t total_of(Connection& connection, BatchNo batch) {
    Rows rows = connection.query(count_items, batch);
    return rows.next() ? rows.integer(0) : 0;
}

}  // namespace

void end_waiting(Connection& connection, BatchNo batch) {
    for (;;) {
        {
            Transaction transaction(connection, Access::write);
            // A retry command may have come in between.
            if (!still_aborted(connection, batch) ||
                connection.run(end_some_waiting, batch, slice_rows, now()) == 0) {
                return;
            }
            connection.run(delete_some_waiting, batch, slice_rows);
            transaction.commit();
        }
        pause_after_slice();
    }
}

void end_waiting_of_aborted(Connection& connection) {
    for (auto batch = next_with_waiting(connection, 0); batch;
         batch = next_with_waiting(connection, *batch)) {
        end_waiting(connection, *batch);
    }
}

void end_untold(Connection& connection, BatchNo batch) {
    const std::int64_t total = total_of(connection, batch);
    for (std::int64_t first = 0; first < total; first += slice_rows) {
        {
            Transaction transaction(connection, Access::write);
            if (!still_aborted(connection, batch)) {
                return;
            }
            connection.run(end_some_untold, first_key(batch) + first,
                           first_key(batch) + std::min(total, first + slice_rows), now());
            transaction.commit();
        }
        pause_after_slice();
    }
}

}  // namespace batch::sqlite
