#include "core/store/sqlite/retrying.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/process.hpp"
#include "core/store/sqlite/batches.hpp"
#include "core/store/sqlite/ending.hpp"
#include "core/store/sqlite/failure_counts.hpp"
#include "core/store/sqlite/finished_search.hpp"
#include "core/store/sqlite/items.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/ranges.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/writer.hpp"

#include <fmt/core.h>

#include <utility>

namespace batch::sqlite {
namespace {

constexpr const char* take_back =
    "INSERT INTO retry(id, due, attempts, base, step, error, carried) "
    "SELECT id, ?3, attempts, attempts, iif(output IS NULL, 0, step), error, output "
    "FROM result WHERE id = ?1 AND status = ?2";
constexpr const char* delete_result = "DELETE FROM result WHERE id = ?1";
constexpr const char* find_plan = "SELECT plan FROM batch WHERE no = ?1";
constexpr const char* renew =
    "UPDATE batch SET abort_reason = NULL, paused = NULL, plan = ?2 WHERE no = ?1";
constexpr const char* is_in_work = "SELECT EXISTS(SELECT 1 FROM writer WHERE batch = ?1)";

/// One retry command.
struct Retry {
    Connection& connection;
    BatchNo batch = 0;
    std::string name;
    const RetryWish& wish;
};

void refuse_unfinished(const Retry& retry, BatchStatus status) {
    if (!is_final(status) || retry.connection.query(is_in_work, retry.batch).next_integer() != 0) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} is {}, and only finished batches are tried again", retry.name,
                                word_of(status)),
                    fmt::format("wait for its end: batchctl wait {}", retry.name));
    }
}

ItemStatus status_of(const Retry& retry, ItemIndex index) {
    ItemStatus status = ItemStatus::pending;
    const ItemFilter filter{.ranges = {{index, index}}};
    ItemReader(retry.connection, retry.batch, filter).read([&status](const Item& item) {
        status = item.status;
        return false;
    });
    return status;
}

// Nothing was found; the first item that was named may tell why.
[[noreturn]] void refuse(const Retry& retry) {
    if (!retry.wish.ranges.empty()) {
        const ItemIndex index = retry.wish.ranges.front().first;
        if (status_of(retry, index) == ItemStatus::done) {
            throw Error(ErrorKind::conflict,
                        fmt::format("item {} of {} is done, and done items never run again", index,
                                    retry.name),
                        "to do its work once more, submit its row as a new batch");
        }
    }
    throw Error(ErrorKind::conflict,
                fmt::format("no item of {} is {}{}", retry.name, word_of(retry.wish.status),
                            retry.wish.cause.empty() ? "" : " with the cause " + retry.wish.cause),
                fmt::format("see what they are: batchctl items {}", retry.name));
}

void change_plan(const Retry& retry) {
    const RetryWish& wish = retry.wish;
    Plan plan = plan_of(retry.connection.query(find_plan, retry.batch).next_text());
    plan.retry.item_timeout = wish.item_timeout.value_or(plan.retry.item_timeout);
    plan.retry.retries = wish.retries.value_or(plan.retry.retries);
    plan.concurrency = wish.concurrency.value_or(plan.concurrency);
    retry.connection.run(renew, retry.batch, to_json(plan));
}

void renew_batch(const Retry& retry, BatchRow& row) {
    refuse_unfinished(retry, row.status);
    change_plan(retry);
    // Every item has a result, so none is before its first turn any more.
    row.next = row.total;
    row.holes = 0;
    row.aborted = false;
    row.paused = false;
    row.ever_claimed = false;
    row.confirmed = retry.wish.local_queue;
    row.failures = 0;
    row.backoff_until = {};
    row.started_at.reset();
    ++row.bell;
}

std::int64_t take(const Retry& retry, const std::vector<FinishedItem>& items) {
    const TimePoint at = now();
    const int status = static_cast<int>(retry.wish.status);
    std::int64_t moved = 0;
    FailureCounts gone;
    for (const auto& [id, code] : items) {
        if (retry.connection.run(take_back, id.value, status, at) == 0) {
            continue;
        }
        retry.connection.run(delete_result, id.value);
        ++moved;
        if (retry.wish.status == ItemStatus::failed) {
            gone.add(code, id.index());
        }
    }
    gone.subtract(retry.connection, retry.batch);
    return moved;
}

enum class Place { only, first, middle, last };

Place place_of(bool first, bool last) {
    return first ? (last ? Place::only : Place::first) : (last ? Place::last : Place::middle);
}

// Until the last slice the batch keeps its final status, so that nobody claims from it.
std::int64_t move(const Retry& retry, const std::vector<FinishedItem>& items, Place place) {
    Transaction transaction(retry.connection, Access::write);
    Ledger ledger(retry.connection, user_name());
    BatchRow& row = ledger.at(retry.batch);
    if (place == Place::only || place == Place::first) {
        renew_batch(retry, row);
        ledger.event(retry.batch, "retry", word_of(retry.wish.status));
    }
    const std::int64_t moved = take(retry, items);
    (retry.wish.status == ItemStatus::failed ? row.failed : row.cancelled) -= moved;
    row.waiting += moved;
    if (place == Place::only || place == Place::last) {
        forget_writer(retry.connection, retry.batch);
    } else {
        note_writer(retry.connection, retry.batch, retrying);
        ledger.keep_status(retry.batch);
    }
    ledger.write(now());
    transaction.commit();
    crash_point("retry.slice");
    return moved;
}

std::int64_t move_all(const Retry& retry, std::int64_t total) {
    FinishedSearch search(retry.connection, retry.batch, retry.wish,
                          normalised(retry.wish.ranges, total));
    auto items = search.next_slice();
    if (items.empty()) {
        refuse(retry);
    }
    std::int64_t moved = 0;
    for (bool first = true; !items.empty(); first = false) {
        auto next = search.next_slice();
        moved += move(retry, items, place_of(first, next.empty()));
        items = std::move(next);
        if (!items.empty()) {
            pause_after_slice();
        }
    }
    return moved;
}

}  // namespace

Touched retry_items(Connection& connection, BatchNo batch, const RetryWish& wish) {
    const Batch before = existing_batch(connection, batch);
    const Retry retry{connection, batch, short_id(before.id), wish};
    refuse_unfinished(retry, before.status);
    if (before.aborted) {
        end_waiting(connection, batch);
        end_untold(connection, batch);
    }
    Touched touched;
    touched.changed = move_all(retry, before.counts.total);
    refill_first_items(connection, batch);
    touched.after = existing_batch(connection, batch);
    return touched;
}

}  // namespace batch::sqlite
