#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>

namespace batch::cli {

/// One batch on a few lines: counts, reason, failures by cause, steps (but not of what runs, unless
/// -v), and what to type next.  Can be printed as it is.
std::string panel_of(Context& context, const Batch& batch, const std::optional<Reason>& reason);

/// "jinja card.html, chromium to=pdf, file ./cards".
std::string steps_text(const Plan& plan);

/// The next command worth typing for a batch; empty if there is none.
std::string next_command(Context& context, const Batch& batch, const std::optional<Reason>& reason);

}  // namespace batch::cli
