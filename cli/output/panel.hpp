#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>

namespace batch::cli {

/// One batch on a few lines: counts, reason, failures by cause, steps, and what to type next.
std::string panel_of(Context& context, const Batch& batch, const std::optional<Reason>& reason);

/// "jinja card.html, chromium to=pdf, file ./cards".
std::string steps_text(const Plan& plan);

/// The next command worth typing for a batch; empty if there is none.
std::string next_command(Context& context, const Batch& batch, const std::optional<Reason>& reason);

/// "3 tries, 1s..1m apart, 10m each".
std::string tries_text(const RetryPolicy& retry);

}  // namespace batch::cli
