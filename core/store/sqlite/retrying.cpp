#include "core/store/sqlite/retrying.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"
#include "core/store/sqlite/batches.hpp"
#include "core/store/sqlite/ending.hpp"
#include "core/store/sqlite/failure_counts.hpp"
#include "core/store/sqlite/items.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/ranges.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/writer.hpp"

#include <fmt/format.h>

#include <utility>

namespace batch::sqlite {
namespace {

constexpr const char* find_failed =
    "SELECT id, coalesce(error ->> 'code', '') FROM result INDEXED BY result_failed "
    "WHERE status = 4 AND id >= ?1 AND id < ?2 AND (?3 IS NULL OR error ->> 'code' = ?3) "
    "ORDER BY id LIMIT ?4";
constexpr const char* find_cancelled =
    "SELECT id, '' FROM result WHERE status = 5 AND id >= ?1 AND id < ?2 "
    "AND (?3 IS NULL OR error ->> 'code' = ?3) ORDER BY id LIMIT ?4";
constexpr const char* take_back =
    "INSERT INTO retry(id, due, attempts, base, step, error, carried) "
    "SELECT id, ?3, attempts, attempts, iif(output IS NULL, 0, step), error, output "
    "FROM result WHERE id = ?1 AND status = ?2";
constexpr const char* delete_result = "DELETE FROM result WHERE id = ?1";
constexpr const char* find_plan = "SELECT plan FROM batch WHERE no = ?1";
constexpr const char* renew =
    "UPDATE batch SET abort_reason = NULL, paused = NULL, plan = ?2 WHERE no = ?1";
constexpr const char* is_in_work = "SELECT EXISTS(SELECT 1 FROM writer WHERE batch = ?1)";

struct Candidate {
    ItemId id;
    std::string code;
};

void change_limits(Plan& plan, const RetryWish& wish) {
    plan.retry.item_timeout = wish.item_timeout.value_or(plan.retry.item_timeout);
    plan.retry.retries = wish.retries.value_or(plan.retry.retries);
    plan.concurrency = wish.concurrency.value_or(plan.concurrency);
}

/// One retry command on its way through the items.
class Retry {
public:
    Retry(Connection& connection, const Batch& batch, const RetryWish& wish)
        : connection_(connection),
          batch_(batch.no),
          name_(short_id(batch.id)),
          wish_(wish),
          ranges_(normalised(wish.ranges, batch.counts.total)) {
        from_ = ranges_.empty() ? 0 : ItemId::of(batch_, ranges_.front().first).value;
    }

    std::int64_t run();

private:
    std::vector<Candidate> next_candidates();
    std::int64_t move(const std::vector<Candidate>& candidates, bool first, bool last);
    void renew_batch(BatchRow& row);
    std::int64_t take(const std::vector<Candidate>& candidates);
    [[noreturn]] void refuse();

    Connection& connection_;
    BatchNo batch_;
    std::string name_;
    const RetryWish& wish_;
    std::vector<IndexRange> ranges_;
    std::size_t range_ = 0;  ///< where the search for candidates is
    std::int64_t from_ = 0;
};

std::int64_t Retry::run() {
    auto candidates = next_candidates();
    if (candidates.empty()) {
        refuse();
    }
    std::int64_t moved = 0;
    for (bool first = true; !candidates.empty(); first = false) {
        auto next = next_candidates();
        moved += move(candidates, first, next.empty());
        if (!next.empty()) {
            pause_after_slice();
        }
        candidates = std::move(next);
    }
    refill_first_items(connection_, batch_);
    return moved;
}

// Found without the writer's lock: to find 5,000 cancelled items may mean to walk over a million
// done ones.
std::vector<Candidate> Retry::next_candidates() {
    std::vector<Candidate> found;
    const char* sql = wish_.status == ItemStatus::failed ? find_failed : find_cancelled;
    const auto cause = wish_.cause.empty() ? std::nullopt : std::optional(wish_.cause);
    while (range_ < ranges_.size() && found.size() < slice_rows) {
        const std::int64_t end = ItemId::of(batch_, ranges_[range_].last).value + 1;
        const auto room = slice_rows - static_cast<std::int64_t>(found.size());
        Rows rows = connection_.query(sql, from_, end, cause, room);
        while (rows.next()) {
            found.push_back({.id = {rows.integer(0)}, .code = rows.string(1)});
            from_ = rows.integer(0) + 1;
        }
        if (found.size() < slice_rows && ++range_ < ranges_.size()) {
            from_ = ItemId::of(batch_, ranges_[range_].first).value;
        }
    }
    return found;
}

// Until the last slice the batch keeps its final status, so that nobody claims from it.
std::int64_t Retry::move(const std::vector<Candidate>& candidates, bool first, bool last) {
    Transaction transaction(connection_, Access::write);
    Ledger ledger(connection_, user_name());
    BatchRow& row = ledger.at(batch_);
    if (first) {
        renew_batch(row);
        ledger.event(batch_, "retry", word_of(wish_.status));
    }
    const std::int64_t moved = take(candidates);
    (wish_.status == ItemStatus::failed ? row.failed : row.cancelled) -= moved;
    row.waiting += moved;
    if (last) {
        forget_writer(connection_, batch_);
    } else {
        note_writer(connection_, batch_, retrying);
        ledger.keep_status(batch_);
    }
    ledger.write(now());
    transaction.commit();
    return moved;
}

void Retry::renew_batch(BatchRow& row) {
    if (!is_final(row.status) || connection_.query(is_in_work, batch_).next_integer() != 0) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} is {}, and only finished batches are tried again", name_,
                                word_of(row.status)),
                    fmt::format("wait for its end: batchctl wait {}", name_));
    }
    Plan plan = plan_of(connection_.query(find_plan, batch_).next_text());
    change_limits(plan, wish_);
    connection_.run(renew, batch_, to_json(plan));
    // Every item has a result, so none is before its first turn any more.
    row.next = row.total;
    row.holes = 0;
    row.aborted = false;
    row.paused = false;
    row.ever_claimed = false;
    row.confirmed = wish_.local_queue;
    row.failures = 0;
    row.backoff_until = {};
    row.started_at.reset();
    ++row.bell;
}

std::int64_t Retry::take(const std::vector<Candidate>& candidates) {
    const TimePoint at = now();
    const int status = static_cast<int>(wish_.status);
    std::int64_t moved = 0;
    FailureCounts gone;
    for (const auto& [id, code] : candidates) {
        if (connection_.run(take_back, id.value, status, at) == 0) {
            continue;
        }
        connection_.run(delete_result, id.value);
        ++moved;
        if (wish_.status == ItemStatus::failed) {
            gone.add(code, id.index());
        }
    }
    gone.subtract(connection_, batch_);
    return moved;
}

void Retry::refuse() {
    if (!wish_.ranges.empty() && !ranges_.empty()) {
        const ItemIndex index = ranges_.front().first;
        ItemStatus status = ItemStatus::pending;
        const ItemFilter filter{.ranges = {{index, index}}};
        ItemReader(connection_, batch_, filter).read([&status](const Item& item) {
            status = item.status;
            return false;
        });
        if (status == ItemStatus::done) {
            throw Error(
                ErrorKind::conflict,
                fmt::format("item {} of {} is done, and done items never run again", index, name_),
                "to do its work once more, submit its row as a new batch");
        }
    }
    throw Error(ErrorKind::conflict,
                fmt::format("no item of {} is {}{}", name_, word_of(wish_.status),
                            wish_.cause.empty() ? "" : " with the cause " + wish_.cause),
                fmt::format("see what they are: batchctl items {}", name_));
}

}  // namespace

Touched retry_items(Connection& connection, BatchNo batch, const RetryWish& wish) {
    const auto before = find_batch(connection, batch);
    if (!before) {
        Ledger(connection, {}).at(batch);
    }
    if (before->aborted && is_final(before->status)) {
        end_waiting(connection, batch);
        end_untold(connection, batch);
    }
    Touched touched;
    touched.changed = Retry(connection, *before, wish).run();
    touched.after = find_batch(connection, batch).value_or(Batch{});
    return touched;
}

}  // namespace batch::sqlite
