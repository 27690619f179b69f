#include "core/store/sqlite/work.hpp"

#include "core/base/error.hpp"
#include "core/os/crash_point.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/texts.hpp"
#include "core/store/sqlite/waiting.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr std::int64_t failures_before_pause = 10;
constexpr Millis first_hold{1'000};

constexpr const char* newest_owner = "SELECT max(no) FROM daemon";
constexpr const char* find_lease = "SELECT batch, count FROM lease WHERE no = ?1 AND owner = ?2";
constexpr const char* delete_lease = "DELETE FROM lease WHERE no = ?1 AND owner = ?2";
constexpr const char* has_marks =
    "SELECT EXISTS(SELECT 1 FROM cancel_mark WHERE id >= ?1 AND id < ?2)";
constexpr const char* find_mark = "SELECT EXISTS(SELECT 1 FROM cancel_mark WHERE id = ?1)";
constexpr const char* delete_mark = "DELETE FROM cancel_mark WHERE id = ?1";
constexpr const char* insert_result =
    "INSERT INTO result(id, status, claim, attempts, ended_at, duration, step, error, output) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO NOTHING";
constexpr const char* delete_retry = "DELETE FROM retry WHERE id = ?1 AND claim = ?2";
constexpr const char* insert_retry =
    "INSERT INTO retry(id, due, attempts, deaths, lost, suspect, step, error, carried) "
    "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 "
    "WHERE NOT EXISTS(SELECT 1 FROM result WHERE id = ?1) ON CONFLICT(id) DO NOTHING";
constexpr const char* return_retry =
    "UPDATE retry SET claim = 0, due = ?2, attempts = ?3, deaths = ?4, lost = ?5, suspect = ?6, "
    "step = ?7, error = coalesce(?8, error), carried = ?9 WHERE id = ?1 AND claim = ?10";
constexpr const char* insert_log =
    "INSERT INTO log(item, attempt, at, cut_bytes, step, stream, level, text) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr const char* pause_batch =
    "UPDATE batch SET paused = ?2 WHERE no = ?1 AND paused IS NULL AND status BETWEEN 0 AND 2";
constexpr const char* clear_own_pause =
    "UPDATE batch SET paused = NULL WHERE no = ?1 AND paused ->> 'code' = ?2";

std::optional<std::string_view> if_any(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> json_of(const ItemError* error) {
    return error == nullptr ? std::nullopt : std::optional(to_json(*error));
}

}  // namespace

SqliteWork::SqliteWork(Connection& connection, Shift& shift)
    : connection_(connection),
      shift_(shift),
      transaction_(connection, Access::write),
      ledger_(connection, "batchd"),
      insert_result_(connection.prepared(insert_result)),
      now_(now()) {
    // The lock keeps others away; should it be bypassed, this does.
    if (connection.query(newest_owner).next_integer() != shift.owner) {
        throw Error(ErrorKind::conflict,
                    "another process has taken over " + connection.path().string(),
                    "see who works on it: batchctl doctor")
            .with_code("taken_over");
    }
}

SqliteWork::Held& SqliteWork::held(ClaimNo claim) {
    const auto [place, is_new] = held_.try_emplace(claim);
    Held& held = place->second;
    if (!is_new) {
        return held;
    }
    Rows lease = connection_.query(find_lease, claim, shift_.owner);
    if (lease.next()) {
        const BatchNo batch = lease.integer(0);
        held.batch = ledger_.find(batch);
        held.of_retries = lease.integer(1) == 0;
        held.marks =
            connection_.query(has_marks, first_key(batch), end_key(batch)).next_integer() != 0;
    }
    return held;
}

bool SqliteWork::holds(ClaimNo claim) {
    return held(claim).batch != nullptr;
}

bool SqliteWork::finish(ClaimNo claim, const Finished& item) {
    const Held& held = this->held(claim);
    if (held.batch == nullptr) {
        return false;
    }
    insert_result_.run(item.id.value, static_cast<int>(item.status), claim, item.attempts, item.at,
                       item.duration, item.step, json_of(item.error), if_any(item.output));
    if (connection_.changes() == 0) {
        return false;
    }
    held.batch->failures = 0;
    switch (item.status) {
        case ItemStatus::done: ++held.batch->done; break;
        case ItemStatus::failed:
            ++held.batch->failed;
            ledger_.failed(item.id, item.error == nullptr ? ItemError{} : *item.error);
            break;
        default:
            ++held.batch->cancelled;
            ledger_.event(item.id, "cancelled", {});
            break;
    }
    end_retry(held, claim, item.id);
    return true;
}

// The item has its result: nothing else may speak of it.
void SqliteWork::end_retry(const Held& held, ClaimNo claim, ItemId item) {
    if (held.of_retries && connection_.run(delete_retry, item.value, claim) > 0) {
        --held.batch->waiting;
        --held.batch->taken;
    }
    if (held.marks) {
        connection_.run(delete_mark, item.value);
    }
}

bool SqliteWork::must_end(const Held& held, ItemId item) {
    return held.batch->aborted ||
           (held.marks && connection_.query(find_mark, item.value).next_integer() != 0);
}

bool SqliteWork::put_back(ClaimNo claim, const Returned& item) {
    const Held& held = this->held(claim);
    if (held.batch == nullptr) {
        return false;
    }
    if (must_end(held, item.id)) {
        return finish(claim, {.id = item.id,
                              .status = ItemStatus::cancelled,
                              .attempts = item.attempts,
                              .at = now_,
                              .output = item.carried,
                              .error = item.error,
                              .step = item.step});
    }
    if (!go_back(held, claim, item)) {
        return false;
    }
    if (item.error != nullptr) {
        ledger_.event(item.id, "retry", item.error->code);
    } else {
        ledger_.handed_back(item.id.batch(), 1);
    }
    return true;
}

bool SqliteWork::go_back(const Held& held, ClaimNo claim, const Returned& item) {
    const auto error = json_of(item.error);
    const auto carried = if_any(item.carried);
    if (held.of_retries) {
        if (connection_.run(return_retry, item.id.value, item.due, item.attempts, item.deaths,
                            item.lost, item.suspect, item.step, error, carried, claim) == 0) {
            return false;
        }
        --held.batch->taken;
        return true;
    }
    if (connection_.run(insert_retry, item.id.value, item.due, item.attempts, item.deaths,
                        item.lost, item.suspect, item.step, error, carried) == 0) {
        return false;
    }
    ++held.batch->waiting;
    return true;
}

void SqliteWork::release(ClaimNo claim) {
    connection_.run(delete_lease, claim, shift_.owner);
}

void SqliteWork::log(ItemId id, const LogLine& line) {
    connection_.run(insert_log, id.value, line.attempt, line.at, line.cut_bytes, line.step,
                    line.stream, line.level, line.text);
}

void SqliteWork::pause(BatchNo batch, const Reason& reason) {
    BatchRow* row = ledger_.find(batch);
    if (row != nullptr && connection_.run(pause_batch, batch, to_json(reason)) > 0) {
        row->paused = true;
        ledger_.event(batch, "paused", reason.code);
    }
}

void SqliteWork::end_pause(BatchNo batch, std::string_view code) {
    BatchRow* row = ledger_.find(batch);
    if (row != nullptr && connection_.run(clear_own_pause, batch, code) > 0) {
        row->paused = false;
        ledger_.event(batch, "resumed", code);
    }
}

TimePoint SqliteWork::hold_back(BatchNo batch) {
    BatchRow* row = ledger_.find(batch);
    if (row == nullptr) {
        return now_;
    }
    const auto doublings = std::clamp<std::int64_t>(row->failures, 0, failures_before_pause);
    row->backoff_until = now_ + std::min(first_hold * (std::int64_t{1} << doublings), longest_hold);
    if (++row->failures == failures_before_pause) {
        pause(batch, {.code = "internal_retry",
                      .message = "batchd failed 10 times at this batch",
                      .hint = "see batchd's log; then go on: batchctl resume"});
    }
    return row->backoff_until;
}

void SqliteWork::commit() {
    ledger_.write(now_);
    crash_point("work.written");
    transaction_.commit();
    crash_point("work.committed");
}

}  // namespace batch::sqlite
