#pragma once

#include "cli/context.hpp"
#include "core/base/error.hpp"

#include <string>
#include <vector>

namespace batch::cli {

/// What became of a wish to cancel.
struct Cancelled {
    std::int64_t ended = 0;    ///< items that waited or were at work, and are cancelled now
    std::int64_t at_work = 0;  ///< of these (and those that were done just then)
    bool stopped = true;       ///< false: something was still at work when patience ended
    Batch after;
};

/// Cancels the batch, or these items of it, and waits until what was at work has ended: at most
/// workers.kill_grace and a second.  Without a batchd it settles what a dead one had at work.
Cancelled cancel(Context& context, const Batch& batch, const std::vector<IndexRange>& items,
                 const Reason& reason);

/// "cancelled by ada", with what the user gave as a reason.
Reason cancelled_by(const std::string& user, const std::string& why);

/// For items that did not stop in time (exit 8).
Error not_stopped(const Batch& batch);

}  // namespace batch::cli
