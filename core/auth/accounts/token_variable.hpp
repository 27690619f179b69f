#pragma once

#include "core/config/environment.hpp"

#include <string_view>

namespace batch::auth {

/// The variable that gives an access token, which is used instead of any login:
/// BATCH_ACCESS_TOKEN_FILE, else BATCH_ACCESS_TOKEN; empty if neither is set.
std::string_view token_variable(const Environment& environment);

}  // namespace batch::auth
