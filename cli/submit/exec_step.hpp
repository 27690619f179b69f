#pragma once

#include "cli/submit/options.hpp"
#include "core/base/json.hpp"
#include "core/config/settings.hpp"

namespace batch::cli {

/// Completes the options of a step that runs a command: where it runs, and what the flags say for
/// commands where the step itself says nothing.  A program that only the caller's PATH has is named
/// by its path, for batchd's PATH may be another one.
///
/// Throws Error{usage} if it cannot be run (E8), Error{permission} if it may not be (--system).
void complete_exec(Json& options, const SubmitOptions& flags, const Settings& settings);

/// The command of an exec step's options; what is not a list of texts is empty.
std::vector<std::string> command_of(const Json& options);

}  // namespace batch::cli
