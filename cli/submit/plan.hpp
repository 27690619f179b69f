#pragma once

#include "cli/context.hpp"
#include "cli/submit/options.hpp"
#include "core/plugin/catalogue.hpp"
#include "core/store/submitting.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// A plan, and the texts of the templates that it names.
struct Planned {
    Plan plan;
    std::vector<StoredTemplate> templates;
};

/// From the options to the steps, in their order: template, to, --step, COMMAND, deliveries.
/// Checks plugins and their options; throws Error{usage, not_found, bad_input}.
Planned make_plan(Context& context, const SubmitOptions& options);

/// The plugins this program can find.
Catalogue catalogue_of(Context& context);

}  // namespace batch::cli
