#include "cli/auth/account_row.hpp"

#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/model/logins.hpp"

#include <fmt/core.h>

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

std::map<std::string, std::size_t> waiting_by_login(Context& context) {
    std::map<std::string, std::size_t> waiting;
    try {
        for (const Batch& batch : context.store().reading().batches({.paused_by = login_pause})) {
            if (const std::string login = login_of(batch.plan); !login.empty()) {
                ++waiting[login];
            }
        }
    } catch (const Error&) {
        // no state file, no batch
    }
    return waiting;
}

}  // namespace batch::cli
