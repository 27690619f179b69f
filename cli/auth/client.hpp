#pragma once

#include "cli/auth/logins.hpp"
#include "cli/auth_commands.hpp"
#include "core/auth/vault/client_file.hpp"

namespace batch::cli {

/// The client that a login is made with: of the file that is named, of the configured one, or the
/// one with which this login, or the current one, was made before.
/// Throws Error{config} if there is none, and says where to get one.
auth::ClientKey find_client(Context& context, Logins& logins, const LoginOptions& options);

}  // namespace batch::cli
