#include "cli/doctor/checks.hpp"
#include "core/auth/accounts/account.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <string>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr Millis about_a_week = 7 * 24h;

std::string again(const auth::Account& account) {
    return auth::remedy(account.kind, account.name);
}

Finding ended(const auth::Account& account) {
    const std::string why = auth::likely_reason(account);
    return {"login", Health::fail,
            fmt::format("the login of {} is over{}{}", account.name, why.empty() ? "" : ": ", why),
            again(account)};
}

Finding finding_of(const auth::Account& account, const std::filesystem::path& folder) {
    if (account.status != auth::AccountStatus::ok) {
        return ended(account);
    }
    std::error_code ignored;
    if (account.key_from == "file" && !std::filesystem::exists(folder / "key", ignored)) {
        return {"login", Health::fail,
                fmt::format("the key of the login of {} is gone: {}", account.name,
                            (folder / "key").native()),
                again(account)};
    }
    if (!auth::missing_scopes({auth::full_scope("drive.file")}, account.scopes).empty()) {
        return {
            "login", Health::warn,
            fmt::format("the login of {} does not allow to create files in Drive", account.name),
            again(account)};
    }
    const Millis age = now() - account.granted_at;
    const bool may_be_testing = account.kind == auth::AccountKind::login &&
                                account.issuer == auth::google_issuer && age < about_a_week;
    return {"login", Health::ok,
            fmt::format("{}: given {} ago{}", account.name, coarse(age),
                        may_be_testing ? "; after 7 days it ends if the app's consent screen is in "
                                         "\"Testing\""
                                       : ""),
            ""};
}

}  // namespace

void check_logins(Context& context, const Tell& tell) {
    const auto folder = auth::credentials_folder(context.quiet_config().folders.state);
    for (const std::string& name : auth::account_names(folder)) {
        try {
            if (const auto account = auth::read_account(folder, name)) {
                tell(finding_of(*account, folder));
            }
        } catch (const Error& error) {
            tell({"login", Health::fail, error.what(), error.hint()});
        }
    }
}

}  // namespace batch::cli
