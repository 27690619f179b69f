#include "core/store/sqlite/ledger.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <utility>

namespace batch::sqlite {
namespace {

constexpr const char* find_row =
    "SELECT no, status, total, next, done, failed, cancelled, waiting, taken, holes, bell, "
    "confirmed, ever_claimed, paused IS NOT NULL, abort_reason IS NOT NULL, failures, "
    "backoff_until, looked_at, retry_due, started_at, finished_at FROM batch WHERE no = ?1 AND "
    "status >= 0";
constexpr const char* update_batch =
    "UPDATE batch SET status = ?2, next = ?3, done = ?4, failed = ?5, cancelled = ?6, "
    "waiting = ?7, taken = ?8, holes = ?9, bell = ?10, confirmed = ?11, ever_claimed = ?12, "
    "failures = ?13, backoff_until = ?14, looked_at = ?15, retry_due = ?16, started_at = ?17, "
    "finished_at = ?18 WHERE no = ?1";
constexpr const char* find_earliest =
    "SELECT due FROM retry INDEXED BY retry_waiting WHERE id >> 32 = ?1 AND claim = 0 "
    "AND lost < 3 ORDER BY due LIMIT 1";
constexpr const char* find_last_event = "SELECT max(no) FROM event WHERE batch = ?1";
constexpr const char* insert_event =
    "INSERT INTO event(batch, no, at, item, event, actor, cause) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
    "?7)";

BatchRow read(const Rows& row) {
    BatchRow batch;
    int column = 0;
    batch.no = row.integer(column++);
    batch.status = static_cast<BatchStatus>(row.integer(column++));
    for (std::int64_t* count :
         {&batch.total, &batch.next, &batch.done, &batch.failed, &batch.cancelled, &batch.waiting,
          &batch.taken, &batch.holes, &batch.bell}) {
        *count = row.integer(column++);
    }
    for (bool* flag : {&batch.confirmed, &batch.ever_claimed, &batch.paused, &batch.aborted}) {
        *flag = row.integer(column++) != 0;
    }
    batch.failures = row.integer(column++);
    batch.backoff_until = row.time(column++);
    batch.looked_at = row.time(column++);
    batch.retry_due = row.maybe_time(column++);
    batch.started_at = row.maybe_time(column++);
    batch.finished_at = row.maybe_time(column++);
    return batch;
}

}  // namespace

Counts BatchRow::counts() const noexcept {
    return {.total = total,
            .pending = fresh() + waiting - taken,
            .running = next - (done + failed + cancelled - holes) - (waiting - taken),
            .done = done,
            .failed = failed,
            .cancelled = cancelled};
}

BatchStatus BatchRow::derived() const noexcept {
    return derive(counts(), {.draft = status == BatchStatus::draft,
                             .confirmed = confirmed,
                             .ever_claimed = ever_claimed,
                             .abort_requested = aborted});
}

std::optional<TimePoint> earliest_retry(Connection& connection, BatchNo batch) {
    Rows row = connection.query(find_earliest, batch);
    return row.next() ? row.maybe_time(0) : std::nullopt;
}

Error removed(BatchNo batch) {
    return {ErrorKind::not_found, fmt::format("batch number {} was removed", batch),
            "the latest ones: batchctl status"};
}

Ledger::Ledger(Connection& connection, std::string actor)
    : connection_(connection), actor_(std::move(actor)) {}

BatchRow* Ledger::find(BatchNo batch) {
    if (const auto known = entries_.find(batch); known != entries_.end()) {
        return &known->second.after;
    }
    Rows row = connection_.query(find_row, batch);
    if (!row.next()) {
        return nullptr;
    }
    const BatchRow found = read(row);
    return &entries_.emplace(batch, Entry{found, found, false}).first->second.after;
}

BatchRow& Ledger::at(BatchNo batch) {
    BatchRow* found = find(batch);
    if (found == nullptr) {
        throw removed(batch);
    }
    return *found;
}

void Ledger::failed(ItemId item, const ItemError& error) {
    failed_[item.batch()].add(error.code, item.index(), error.message);
    events_.push_back({item.batch(), item.index(), "failed", error.code});
}

void Ledger::event(BatchNo batch, std::string_view event, std::string_view cause) {
    events_.push_back({batch, std::nullopt, event, std::string(cause)});
}

void Ledger::event(ItemId item, std::string_view event, std::string_view cause) {
    events_.push_back({item.batch(), item.index(), event, std::string(cause)});
}

void Ledger::write(TimePoint at) {
    for (auto& [no, entry] : entries_) {
        write(entry, at);
    }
    for (const auto& [batch, failures] : failed_) {
        failures.add_to(connection_, batch);
    }
    for (const auto& [batch, count] : handed_back_) {
        event(batch, "handed_back", plural(count, "item"));
    }
    for (const Event& event : events_) {
        write(event, at);
    }
}

void Ledger::keep_status(BatchNo batch) {
    at(batch);
    entries_.at(batch).keep_status = true;
}

void Ledger::write(Entry& entry, TimePoint at) {
    BatchRow& row = entry.after;
    if (!entry.keep_status) {
        row.status = row.derived();
    }
    row.retry_due = row.waiting > row.taken ? earliest_retry(connection_, row.no) : std::nullopt;
    if (row == entry.before) {
        return;
    }
    if (row.status != entry.before.status) {
        event(row.no, word_of(row.status));
        row.finished_at = is_final(row.status) ? std::optional(at) : std::nullopt;
    }
    connection_.run(update_batch, row.no, static_cast<int>(row.status), row.next, row.done,
                    row.failed, row.cancelled, row.waiting, row.taken, row.holes, row.bell,
                    row.confirmed, row.ever_claimed, row.failures, row.backoff_until, row.looked_at,
                    row.retry_due, row.started_at, row.finished_at);
}

void Ledger::write(const Event& event, TimePoint at) {
    auto& last = last_event_[event.batch];
    if (last == 0) {
        last = connection_.query(find_last_event, event.batch).next_integer();
    }
    connection_.run(insert_event, event.batch, ++last, at, event.item, event.event, actor_,
                    event.cause.empty() ? std::nullopt : std::optional(event.cause));
}

}  // namespace batch::sqlite
