#pragma once

#include "cli/context.hpp"
#include "core/auth/accounts/account.hpp"

namespace batch::cli {

/// Writes the account's profile into the state file, without any secret.  That it cannot be done
/// is told in a warning: the login itself is good.
void remember_account(Context& context, const auth::Account& account);

/// How many open batches wait for this login.
std::size_t waiting_for(Context& context, const std::string& account);

}  // namespace batch::cli
