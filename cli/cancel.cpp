#include "cli/cancel.hpp"

#include "cli/doorbell.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/lock.hpp"
#include "core/os/poll.hpp"
#include "core/store/taking_over.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again_every = 15ms;
constexpr auto beyond_grace = 1s;
constexpr auto what_for = "batchctl cancel";

bool is_at_work(Reading& reading, const Batch& batch, const std::vector<IndexRange>& items) {
    if (items.empty()) {
        const auto now = reading.batch(batch.no);
        return now && now->counts.running > 0;
    }
    bool found = false;
    reading.items(batch.no, {.ranges = items, .statuses = {ItemStatus::running}, .limit = 1},
                  [&found](const Item&) {
                      found = true;
                      return false;
                  });
    return found;
}

/// What a batchd that is gone had at work ends here: cancelled if it is marked so, else given back.
/// False while somebody holds the lock, and settles it himself.
bool settle(Context& context) {
    const auto lock = FileLock::try_lock(context.paths().lock(), what_for);
    if (!lock) {
        return false;
    }
    const auto store = open_store(context.paths().state, OpenMode::own);
    take_over(*store, context.paths(), "batchctl " BATCH_VERSION);
    return true;
}

bool wait_for_end(Context& context, const Batch& batch, const std::vector<IndexRange>& items) {
    Reading& reading = context.store().reading();
    const BootTime until = BootClock::now() + context.settings().workers.kill_grace + beyond_grace;
    while (is_at_work(reading, batch, items)) {
        if (BootClock::now() > until) {
            return false;
        }
        if (!settle(context)) {
            wait_for_any({}, look_again_every);
        }
    }
    return true;
}

}  // namespace

Cancelled cancel(Context& context, const Batch& batch, const std::vector<IndexRange>& items,
                 const Reason& reason) {
    Steering& steering = context.store().steering();
    const auto before = batch.counts.cancelled;
    const Touched touched =
        items.empty() ? steering.cancel(batch.no, reason) : steering.cancel_items(batch.no, items);
    Cancelled result{.at_work = touched.running};
    if (touched.running > 0) {
        nudge(context, batch);
        result.stopped = wait_for_end(context, batch, items);
    }
    result.after = context.store().reading().batch(batch.no).value_or(touched.after);
    result.ended = result.after.counts.cancelled - before;
    return result;
}

Reason cancelled_by(const std::string& user, const std::string& why) {
    return {"cancelled",
            why.empty() ? "cancelled by " + user : fmt::format("cancelled by {}: {}", user, why),
            ""};
}

Error not_stopped(const Batch& batch) {
    const std::string id = short_id(batch.id);
    return {ErrorKind::unfinished,
            fmt::format("{} of {} did not stop in time", plural(batch.counts.running, "item"), id),
            fmt::format("see whether they still run: batchctl items {} --status running", id)};
}

}  // namespace batch::cli
