#pragma once

#include "cli/context.hpp"
#include "cli/submit/options.hpp"

namespace batch::cli {

/// Stores a batch: all of its rows or none.  Prints the id; waits if asked to.  Returns the exit
/// status.
int submit(Context& context, SubmitOptions options);

}  // namespace batch::cli
