#pragma once

#include "cli/context.hpp"
#include "core/auth/accounts/account.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace batch::cli {

/// Writes the account's profile into the state file, without any secret.  That it cannot be done
/// is told in a warning: the login itself is good.
void remember_account(Context& context, const auth::Account& account);

/// How many batches wait for each login, also for those that are gone.
std::map<std::string, std::size_t> waiting_by_login(Context& context);

}  // namespace batch::cli
