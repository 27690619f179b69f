#pragma once

#include "cli/context.hpp"

namespace batch::cli {

/// Tells batchd, through the configured queue, that the batch has work, and stores that the queue
/// has it.  Nobody needs to hear it now.  A broker that does not confirm is told of in a warning;
/// false then.
bool ring_for(Context& context, const Batch& batch);

/// Only wakes whoever works on the state file: something was changed.
void nudge(Context& context, const Batch& batch);

}  // namespace batch::cli
