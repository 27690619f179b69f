#pragma once

#include "cli/submit/plan.hpp"
#include "cli/submit/rows.hpp"

namespace batch::cli {

/// Placeholders in the command, the output name and step options: names that are no columns, the
/// double braces of templates, rows inside a shell's script.
/// Throws Error{usage} for the first that is wrong (E5, E6, E7).
void check_placeholders(const Plan& plan, const RowsKind& rows);

}  // namespace batch::cli
