#pragma once

#include "cli/submit/plan.hpp"
#include "cli/submit/problems.hpp"

#include <string>
#include <vector>

namespace batch::cli {

/// What is known of the rows before they are read.
struct RowsKind {
    std::string file;                  ///< "urls.csv"
    std::vector<std::string> columns;  ///< of a CSV or TSV; empty: not known
};

/// Placeholders in the command, the output name and step options: names that are no columns, the
/// double braces of templates, rows inside a shell's script.
/// Throws Error{usage} for the first that is wrong (E5, E6, E7).
void check_placeholders(const SubmitOptions& options, const Plan& plan, const RowsKind& rows);

/// Templates, with their engine's own check: syntax, and names that are no columns (E1).
void check_templates(Context& context, const Planned& planned, const SubmitOptions& options,
                     const RowsKind& rows, Problems& problems);

}  // namespace batch::cli
