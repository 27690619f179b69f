#include "daemon/retention.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <chrono>
#include <system_error>

namespace batch {
namespace {

constexpr std::chrono::minutes between_looks{1};

}  // namespace

void Retention::find() {
    BatchFilter finished;
    finished.statuses = {BatchStatus::done, BatchStatus::failed, BatchStatus::aborted};
    finished.finished_before = now() - *settings_.retention;
    due_ = store_.reading().batches(finished);
}

void Retention::remove_one(BootTime at) {
    if (!settings_.retention) {
        due_.clear();
        return;
    }
    if (due_.empty() && at >= next_look_) {
        next_look_ = at + between_looks;
        find();
    }
    if (due_.empty()) {
        return;
    }
    const Batch batch = std::move(due_.back());
    due_.pop_back();
    try {
        store_.steering().remove(batch.no, Steering::Keep::key);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::conflict || error.kind() == ErrorKind::not_found) {
            return;  // it was tried again, or is gone
        }
        throw;
    }
    std::error_code ignored;  // what stays is cleared away at the next start
    std::filesystem::remove_all(outputs_ / batch.id, ignored);
    log_.info(
        "batch_removed",
        fmt::format("{} ({}) is removed: finished {} ago, state.retention is {}",
                    short_id(batch.id), batch.name,
                    brief(now() - batch.finished_at.value_or(now())), brief(*settings_.retention)));
}

}  // namespace batch
