#include "core/store/sqlite/steering.hpp"

#include "core/os/process.hpp"
#include "core/store/sqlite/cancelling.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/removal.hpp"
#include "core/store/sqlite/retrying.hpp"
#include "core/store/sqlite/texts.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr const char* set_paused = "UPDATE batch SET paused = ?2 WHERE no = ?1";
// A pause of batchd's that ends by itself is no answer to a person who wants it paused.
constexpr const char* is_paused_for_good =
    "SELECT paused ->> 'code' <> 'breaker' FROM batch WHERE no = ?1 AND paused IS NOT NULL";
constexpr const char* is_submitted =
    "SELECT EXISTS(SELECT 1 FROM batch WHERE no = ?1 AND status = 0 AND bell = ?2)";
constexpr const char* clear_paused = "UPDATE batch SET paused = NULL WHERE no = ?1";

}  // namespace

bool SqliteSteering::pause(BatchNo batch, const Reason& reason) {
    Transaction transaction(connection_, Access::write);
    Ledger ledger(connection_, user_name());
    const BatchRow& row = ledger.at(batch);
    if (row.aborted || is_final(row.status) ||
        (row.paused && connection_.query(is_paused_for_good, batch).next_integer() != 0)) {
        return false;
    }
    connection_.run(set_paused, batch, to_json(reason));
    ledger.event(batch, "paused", reason.code);
    ledger.write(now());
    transaction.commit();
    return true;
}

bool SqliteSteering::resume(BatchNo batch) {
    Transaction transaction(connection_, Access::write);
    Ledger ledger(connection_, user_name());
    BatchRow& row = ledger.at(batch);
    if (!row.paused || is_final(row.status)) {
        return false;
    }
    connection_.run(clear_paused, batch);
    row.backoff_until = {};
    row.failures = 0;
    ++row.bell;
    ledger.event(batch, "resumed");
    ledger.write(now());
    transaction.commit();
    return true;
}

Touched SqliteSteering::cancel(BatchNo batch, const Reason& reason) {
    return cancel_batch(connection_, batch, reason);
}

Touched SqliteSteering::cancel_items(BatchNo batch, const std::vector<IndexRange>& ranges) {
    return sqlite::cancel_items(connection_, batch, ranges);
}

Touched SqliteSteering::retry(BatchNo batch, const RetryWish& wish) {
    return retry_items(connection_, batch, wish);
}

void SqliteSteering::remove(BatchNo batch, Keep keep) {
    remove_batch(connection_, batch, keep);
}

void SqliteSteering::confirm(const std::vector<Confirmed>& bells) {
    // A batchd is often faster; then nobody has to wait for the lock.
    if (std::ranges::none_of(bells, [this](const Confirmed& each) {
            return connection_.query(is_submitted, each.batch, each.bell).next_integer() != 0;
        })) {
        return;
    }
    Transaction transaction(connection_, Access::write);
    Ledger ledger(connection_, "batchd");
    for (const Confirmed& each : bells) {
        BatchRow* const row = ledger.find(each.batch);
        if (row != nullptr && row->status == BatchStatus::submitted && row->bell == each.bell) {
            row->confirmed = true;
        }
    }
    ledger.write(now());
    transaction.commit();
}

}  // namespace batch::sqlite
