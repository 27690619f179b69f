#pragma once

#include "core/auth/keeper.hpp"
#include "core/config/environment.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace batch::auth {

/// A token that the environment gives: the file that BATCH_ACCESS_TOKEN_FILE names, else
/// BATCH_ACCESS_TOKEN.  Absent if neither is set.
///
/// Throws Error{config} if the file is not there or holds no token.
std::optional<LiveToken> token_of_environment(const Environment& environment);

/// The service account that GOOGLE_APPLICATION_CREDENTIALS names, as a credential that is not
/// stored; absent if the variable is not set.  Throws as read_service_account().
std::optional<Credential> credential_of_environment(const Environment& environment);

}  // namespace batch::auth
