#pragma once

#include "cli/context.hpp"
#include "cli/submit/rows.hpp"

namespace batch::cli {

/// Throws Error{state} (E14) if so many rows can hardly fit beside the state file.  To find that
/// out by storing them would fill the disk for everybody.
void check_space(Context& context, const RowsInput& rows);

}  // namespace batch::cli
