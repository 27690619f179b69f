// Batches as the reading commands see them.

#include "core/store/sqlite/batches.hpp"

#include "core/base/text.hpp"
#include "core/base/uuid.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/texts.hpp"

#include <algorithm>
#include <utility>

namespace batch::sqlite {
namespace {

constexpr std::size_t shortest_name = 4;
constexpr std::size_t short_id_size = 8;
constexpr std::string_view key_sign = "key=";

#define COLUMNS                                                                                 \
    "SELECT batch.no, batch.id, batch.status, batch.total, next, done, failed, cancelled, "     \
    "waiting, taken, holes, bell, confirmed, ever_claimed, backoff_until, created_at, "         \
    "started_at, finished_at, uid, user, name, batch.key, labels, paused, abort_reason, plan, " \
    "priority "

constexpr const char* by_no = COLUMNS "FROM batch WHERE no = ?1 AND status >= 0";
constexpr const char* newest_first =
    COLUMNS "FROM batch WHERE status >= 0 AND (?1 IS NULL OR finished_at < ?1) ORDER BY no DESC";
constexpr const char* recent_first = COLUMNS
    "FROM batch WHERE no IN "
    "(SELECT no FROM batch INDEXED BY batch_open WHERE status < 3 "
    "UNION ALL SELECT no FROM batch INDEXED BY batch_created WHERE created_at >= ?2) "
    "AND status >= 0 AND (?1 IS NULL OR finished_at < ?1) ORDER BY no DESC";
constexpr const char* unfinished_first =
    COLUMNS "FROM batch INDEXED BY batch_open WHERE status < 3 AND status >= 0 ORDER BY no DESC";
constexpr const char* paused_by_first = COLUMNS
    "FROM batch INDEXED BY batch_paused WHERE status BETWEEN 0 AND 2 AND paused IS NOT NULL "
    "AND paused ->> 'code' = ?1 ORDER BY no DESC";
constexpr const char* latest_of =
    COLUMNS "FROM batch WHERE uid = ?1 AND status >= 0 ORDER BY no DESC LIMIT ?2";
constexpr const char* by_key = COLUMNS
    "FROM key CROSS JOIN batch ON batch.id = key.batch_id WHERE key.key = ?1 AND status >= 0 "
    "LIMIT ?2";
constexpr const char* by_beginning = COLUMNS
    "FROM batch WHERE id >= ?1 AND id < ?1 || 'g' AND status >= 0 ORDER BY no DESC LIMIT ?2";
constexpr const char* by_short_id =
    COLUMNS "FROM batch WHERE substr(id, -8) = ?1 AND status >= 0 ORDER BY no DESC LIMIT ?2";
// Reads the index of the ids, not the batches.
constexpr const char* by_ending = COLUMNS
    "FROM batch WHERE no IN (SELECT no FROM batch WHERE substr(id, -length(?1)) = ?1) "
    "AND status >= 0 ORDER BY no DESC LIMIT ?2";
constexpr const char* failures_of =
    "SELECT code, message, count, first_ten FROM failure WHERE batch = ?1 "
    "ORDER BY count DESC, code";

std::optional<Reason> maybe_reason(const Rows& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(reason_of(row.text(column)));
}

BatchRow counters_of(const Rows& row, int column) {
    BatchRow counters;
    for (std::int64_t* count :
         {&counters.total, &counters.next, &counters.done, &counters.failed, &counters.cancelled,
          &counters.waiting, &counters.taken, &counters.holes, &counters.bell}) {
        *count = row.integer(column++);
    }
    return counters;
}

Batch batch_of(const Rows& row) {
    Batch batch;
    batch.no = row.integer(0);
    batch.id = row.text(1);
    batch.status = static_cast<BatchStatus>(row.integer(2));
    const BatchRow counters = counters_of(row, 3);
    batch.counts = counters.counts();
    batch.bell = static_cast<int>(counters.bell);
    batch.confirmed = row.integer(12) != 0;
    batch.ever_claimed = row.integer(13) != 0;
    batch.backoff_until = row.time(14);
    batch.submitted_at = row.time(15);
    batch.started_at = row.maybe_time(16);
    batch.finished_at = row.maybe_time(17);
    batch.uid = static_cast<std::uint32_t>(row.integer(18));
    batch.user = row.text(19);
    batch.name = row.text(20);
    batch.key = row.is_null(21) ? std::nullopt : std::optional(row.string(21));
    batch.labels = labels_of(row.text(22));
    batch.paused = maybe_reason(row, 23);
    batch.aborted = maybe_reason(row, 24);
    batch.plan = plan_of(row.text(25));
    batch.priority = static_cast<Priority>(row.integer(26));
    return batch;
}

void add_failures(Connection& connection, Batch& batch) {
    Rows rows = connection.query(failures_of, batch.no);
    while (rows.next()) {
        batch.failures.push_back({.code = rows.string(0),
                                  .message = rows.string(1),
                                  .count = rows.integer(2),
                                  .items = indexes_of(rows.text(3))});
    }
}

bool fits(const Batch& batch, const BatchFilter& filter) {
    if (!filter.statuses.empty() &&
        std::ranges::find(filter.statuses, batch.status) == filter.statuses.end()) {
        return false;
    }
    if (!filter.paused_by.empty() && (!batch.paused || batch.paused->code != filter.paused_by)) {
        return false;
    }
    return std::ranges::all_of(filter.labels, [&batch](const auto& label) {
        const auto found = batch.labels.find(label.first);
        return found != batch.labels.end() && found->second == label.second;
    });
}

std::vector<Batch> take(Connection& connection, Rows& rows, const BatchFilter& filter) {
    std::vector<Batch> found;
    while (rows.next()) {
        Batch batch = batch_of(rows);
        if (!fits(batch, filter)) {
            continue;
        }
        add_failures(connection, batch);
        found.push_back(std::move(batch));
        if (found.size() == filter.limit) {
            break;
        }
    }
    return found;
}

bool wants_unfinished_only(const BatchFilter& filter) {
    return !filter.statuses.empty() && !filter.finished_before &&
           std::ranges::none_of(filter.statuses,
                                [](BatchStatus status) { return is_final(status); });
}

}  // namespace

std::vector<Batch> find_batches(Connection& connection, const BatchFilter& filter) {
    const Transaction reading(connection, Access::read);
    Rows rows = !filter.paused_by.empty() ? connection.query(paused_by_first, filter.paused_by)
                : wants_unfinished_only(filter) ? connection.query(unfinished_first)
                : filter.since
                    ? connection.query(recent_first, filter.finished_before, *filter.since)
                    : connection.query(newest_first, filter.finished_before);
    return take(connection, rows, filter);
}

std::optional<Batch> find_batch(Connection& connection, BatchNo no) {
    const Transaction reading(connection, Access::read);
    Rows rows = connection.query(by_no, no);
    auto found = take(connection, rows, {});
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Batch existing_batch(Connection& connection, BatchNo no) {
    auto found = find_batch(connection, no);
    if (!found) {
        throw removed(no);
    }
    return std::move(*found);
}

std::vector<Batch> batches_fitting(Connection& connection, std::string_view name, std::uint32_t uid,
                                   std::size_t limit) {
    const Transaction reading(connection, Access::read);
    const auto give = [&](const char* sql, const auto& value) {
        Rows rows = connection.query(sql, value, limit);
        return take(connection, rows, {});
    };
    if (name == "@last") {
        Rows rows = connection.query(latest_of, uid, 1);
        return take(connection, rows, {});
    }
    if (name.starts_with(key_sign)) {
        return give(by_key, name.substr(key_sign.size()));
    }
    const std::string id = lower(name);
    if (id.size() < shortest_name) {
        return {};
    }
    auto found = give(by_beginning, id);
    if (is_uuid(id)) {
        return found;
    }
    for (Batch& batch : give(id.size() == short_id_size ? by_short_id : by_ending, id)) {
        if (std::ranges::find(found, batch.no, &Batch::no) == found.end()) {
            found.push_back(std::move(batch));
        }
    }
    std::ranges::sort(found, std::ranges::greater{}, &Batch::no);
    found.resize(std::min(found.size(), limit));
    return found;
}

}  // namespace batch::sqlite
