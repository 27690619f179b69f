#include "core/store/sqlite/waiting.hpp"

#include "core/store/sqlite/slices.hpp"

namespace batch::sqlite {
namespace {

constexpr const char* next_batch =
    "SELECT id >> 32 FROM retry INDEXED BY retry_waiting WHERE id >> 32 > ?1 AND claim = 0 "
    "ORDER BY id >> 32 LIMIT 1";
constexpr const char* find_plan = "SELECT plan FROM batch WHERE no = ?1 AND status >= 0";
constexpr const char* shorten_some =
    "UPDATE retry SET due = ?2 WHERE id IN (SELECT id FROM retry INDEXED BY retry_waiting "
    "WHERE id >> 32 = ?1 AND claim = 0 AND due > ?2 LIMIT ?3)";

constexpr const char* shorten_next =
    "UPDATE batch SET retry_due = (SELECT due FROM retry INDEXED BY retry_waiting "
    "WHERE id >> 32 = ?1 AND claim = 0 AND lost < 3 ORDER BY due LIMIT 1) WHERE no = ?1";

constexpr const char* shorten_holds =
    "UPDATE batch INDEXED BY batch_open SET backoff_until = ?1 "
    "WHERE status < 3 AND status >= 0 AND backoff_until > ?1";

void shorten_waits_of(Connection& connection, BatchNo batch) {
    TimePoint latest = now();
    {
        Rows row = connection.query(find_plan, batch);
        if (!row.next()) {
            return;
        }
        latest += plan_of(row.text(0)).retry.backoff_max;
    }
    while (connection.run(shorten_some, batch, latest, slice_rows) == slice_rows) {
        pause_after_slice();
    }
    connection.run(shorten_next, batch);
}

}  // namespace

std::optional<BatchNo> next_with_waiting(Connection& connection, BatchNo behind) {
    Rows row = connection.query(next_batch, behind);
    return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

void shorten_waits(Connection& connection) {
    connection.run(shorten_holds, now() + longest_hold);
    for (auto batch = next_with_waiting(connection, 0); batch;
         batch = next_with_waiting(connection, *batch)) {
        shorten_waits_of(connection, *batch);
    }
}

}  // namespace batch::sqlite
