#pragma once

#include "cli/context.hpp"
#include "cli/plugins.hpp"
#include "cli/submit/options.hpp"

#include <string>
#include <vector>

namespace batch::cli {

/// A template of a plan.
struct PlannedTemplate {
    StoredTemplate text;
    std::string typed;     ///< as the user named it
    std::size_t step = 0;  ///< the one that renders it
};

/// A plan, and the templates that it names.
struct Planned {
    Plan plan;
    std::vector<PlannedTemplate> templates;
};

/// From the options to the steps, in their order: template, to, --step, COMMAND, deliveries.
/// Checks plugins, their options, commands and folders; throws Error{usage, not_found, permission}.
Planned make_plan(Context& context, Plugins& plugins, const SubmitOptions& options);

}  // namespace batch::cli
