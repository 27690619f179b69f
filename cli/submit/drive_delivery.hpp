#pragma once

#include "cli/context.hpp"
#include "core/base/json.hpp"

#include <string>

namespace batch::cli {

/// Whether a --deliver names a folder of Google Drive.
bool is_drive(const std::string& target);

/// The options of the step that delivers there with this login, or the current one.
/// Throws Error{usage} if the folder cannot be one, Error{login} if there is no login that may
/// create files in Drive, Error{not_found} if there is none of the name.
Json drive_options(Context& context, const std::string& target, const std::string& account);

}  // namespace batch::cli
