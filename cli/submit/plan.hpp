#pragma once

#include "cli/context.hpp"
#include "cli/plugins.hpp"
#include "cli/submit/options.hpp"

#include <string>
#include <vector>

namespace batch::cli {

/// A plan, and the texts of the templates that it names.
struct Planned {
    Plan plan;
    std::vector<StoredTemplate> templates;
};

/// From the options to the steps, in their order: template, to, --step, COMMAND, deliveries.
/// Checks plugins, their options, commands and folders; throws Error{usage, not_found, permission}.
Planned make_plan(Context& context, Plugins& plugins, const SubmitOptions& options);

}  // namespace batch::cli
