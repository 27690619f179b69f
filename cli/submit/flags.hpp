#pragma once

#include "cli/submit/options.hpp"
#include "core/config/settings.hpp"

#include <map>
#include <string>

namespace batch::cli {

/// What flags can say wrong whatever the rows are, each by itself: numbers, durations, the key.
/// Throws Error{usage}.
void check_values(const SubmitOptions& options);

/// Those, and what they say wrong together (E9).
void check_flags(const SubmitOptions& options);

/// --backoff MIN..MAX, or one wait for all.  Throws Error{usage}.
Backoff backoff_of(const std::string& text);

/// --label K=V.  Throws Error{usage}.
std::map<std::string, std::string> labels_of(const SubmitOptions& options);

}  // namespace batch::cli
