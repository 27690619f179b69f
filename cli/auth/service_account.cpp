#include "core/auth/service_account.hpp"

#include "cli/auth/account_row.hpp"
#include "cli/auth/logins.hpp"
#include "cli/auth/storing.hpp"
#include "cli/auth/tool.hpp"
#include "cli/output/out.hpp"
#include "cli/report.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/provider.hpp"
#include "core/auth/vault/keys.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/config/folders.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace batch::cli {
namespace {

/// Where assertions of another provider than Google may go: to the configured one alone.
std::string allowed_address(Context& context, Logins& logins) {
    const std::string& issuer = context.settings().auth.issuer;
    return issuer == auth::google_issuer ? std::string{}
                                         : auth::discover(logins.client(), issuer).token_endpoint;
}

auth::Scopes key_scopes(const ServiceAccountOptions& options) {
    std::ranges::for_each(options.scopes, auth::check_scope);
    auth::Scopes scopes;
    for (const std::string& scope : options.scopes) {
        scopes.push_back(auth::full_scope(scope));
    }
    return scopes.empty() ? auth::Scopes{auth::full_scope("drive")} : scopes;
}

int add(const ServiceAccountOptions& options, Context& context) {
    Logins logins{context};
    const std::filesystem::path path = expand_home(options.what, context.config().folders.home);
    auth::ServiceAccountFile file =
        auth::read_service_account(path, allowed_address(context, logins));
    if (file.is_open_to_others) {
        warn(fmt::format("others may read {}", path.native()),
             "take that away: chmod 600 " + shell_word(path.native()));
    }
    const std::string name = file.email;
    file.tokens.on_behalf_of = options.on_behalf_of;
    auth::Credential credential{.account = {.kind = auth::AccountKind::service_account,
                                            .name = name,
                                            .issuer = context.settings().auth.issuer,
                                            .subject = name,
                                            .email = name,
                                            .scopes = key_scopes(options),
                                            .granted_at = now()},
                                .tokens = std::move(file.tokens)};
    const FileLock lock = logins.vault().lock(name, "a service account");
    logins.vault().save(credential);
    if (!auth::current_account(logins.folder())) {
        logins.vault().choose_current(name);
    }
    remember_account(context, credential.account);
    if (context.globals().json) {
        put(dump(account_shape(credential.account)) + "\n");
        return 0;
    }
    say_always(fmt::format("Stored {} in {} (0600, encrypted, {})", name,
                           context.show(auth::record_path(logins.folder(), name)),
                           auth::text_of_key(credential.account.key_from)));
    hint("the file itself is not needed any more: shred -u " + shell_word(path.native()));
    return 0;
}

int remove(const std::string& name, Context& context) {
    Logins logins{context};
    const auto account = auth::read_account(logins.folder(), name);
    if (!account || account->kind != auth::AccountKind::service_account) {
        throw Error(ErrorKind::not_found, fmt::format("there is no service account {}", name),
                    "what there is: batchctl auth list");
    }
    const FileLock lock = logins.vault().lock(name, "a removal");
    logins.vault().remove(name);
    if (context.globals().json) {
        put(dump(Json{{"v", 1}, {"account", name}}) + "\n");
    }
    say(fmt::format("{} is forgotten here; its key is ended in Google's console", name));
    return 0;
}

}  // namespace

int AuthTool::service_account(const ServiceAccountOptions& options, Context& context) {
    return options.verb == "add" ? add(options, context) : remove(options.what, context);
}

}  // namespace batch::cli
