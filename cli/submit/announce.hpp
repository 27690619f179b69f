#pragma once

#include "cli/context.hpp"
#include "cli/submit/options.hpp"
#include "core/store/submitting.hpp"

namespace batch::cli {

/// Says that a batch is stored, rings for it, and waits for its end if asked to.  Returns the exit
/// status.  `took`: reading and storing the rows.
int announce(Context& context, const SubmitOptions& options, const Published& published,
             Millis took);

}  // namespace batch::cli
