#include "cli/auth/account_row.hpp"

#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/model/logins.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch::cli {

void remember_account(Context& context, const auth::Account& account) {
    try {
        context.store().accounts().remember({.name = account.name,
                                             .issuer = account.issuer,
                                             .subject = account.subject,
                                             .email = account.email,
                                             .full_name = account.full_name,
                                             .picture = account.picture,
                                             .scopes = account.scopes,
                                             .granted_at = account.granted_at});
    } catch (const Error& error) {
        warn(fmt::format("the login is stored, but not noted in the state file: {}", error.what()));
    }
}

std::size_t waiting_for(Context& context, const std::string& account) {
    try {
        const auto open = context.store().reading().batches(
            {.statuses = {BatchStatus::submitted, BatchStatus::queued, BatchStatus::running}});
        return static_cast<std::size_t>(std::ranges::count_if(open, [&](const Batch& batch) {
            return waits_for_login(batch) && login_of(batch.plan) == account;
        }));
    } catch (const Error&) {
        return 0;  // no state file, no batch
    }
}

}  // namespace batch::cli
