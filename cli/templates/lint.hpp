#pragma once

#include "cli/plugins.hpp"
#include "cli/submit/problems.hpp"
#include "cli/submit/rows.hpp"

#include <string>

namespace batch::cli {

/// A template to be looked through by its own engine.
struct LintTask {
    const StoredTemplate& text;
    std::string shown;           ///< its name as it was typed, so that editors find the file
    std::string options = "{}";  ///< of the engine's step
    RowsKind rows;               ///< without columns its names are not looked at
};

/// Adds mistakes of syntax, and names that are no columns (E1).
void lint(Plugins& plugins, const LintTask& task, Problems& problems);

/// The same with the options that the template's own engine names.  Returns what was found.
Problems look_through(Context& context, const StoredTemplate& text, const std::string& shown,
                      const RowsKind& rows = {});

}  // namespace batch::cli
