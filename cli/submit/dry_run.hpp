#pragma once

#include "cli/submit/intake.hpp"

namespace batch::cli {

/// What would have been stored, after all of it was checked.
void print_dry_run(Context& context, const RowsInput& rows, const Plan& plan, Intake& intake);

}  // namespace batch::cli
