#include "cli/auth/logins.hpp"
#include "cli/auth/tool.hpp"
#include "cli/output/out.hpp"
#include "cli/report.hpp"
#include "cli/token_at_hand.hpp"
#include "core/auth/access.hpp"
#include "core/auth/service_account.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace batch::cli {
namespace {

/// A key of the environment, if there is no login that was asked for or stored.
std::optional<auth::LiveToken> token_of_key(Logins& logins) {
    auto credential = auth::credential_of_environment(process_environment());
    if (!credential) {
        return std::nullopt;
    }
    const auth::AccessToken token = auth::ask_for_service_account(logins.client(), *credential);
    return auth::LiveToken{.token = token.token,
                           .expires_at = token.expires_at,
                           .account = credential->account.name,
                           .scopes = credential->account.scopes};
}

auth::LiveToken find_token(const TokenOptions& options, Logins& logins, Context& context) {
    if (auto token = auth::token_of_environment(process_environment())) {
        return *token;
    }
    const bool is_named = !options.account.empty() || !context.settings().auth.account.empty();
    if (!is_named && !auth::current_account(logins.folder())) {
        if (auto token = token_of_key(logins)) {
            return *token;
        }
    }
    return logins.keeper().token(
        {.account = logins.chosen(options.account), .min_life = min_life_of(options)});
}

}  // namespace

int AuthTool::token(const TokenOptions& options, Context& context) {
    Logins logins{context};
    print_token(context, find_token(options, logins, context));
    return 0;
}

int AuthTool::refresh(const std::string& account, Context& context) {
    Logins logins{context};
    const std::string name = logins.chosen(account);
    const auth::LiveToken token =
        logins.keeper().token({.account = name,
                               .refused = auth::token_at_hand(logins.vault(), name),
                               .even_if_ended = true});
    if (context.globals().json) {
        put(dump(Json{
                {"v", 1},
                {"account", name},
                {"expires_at", token.expires_at ? Json(rfc3339(*token.expires_at)) : Json()}}) +
            "\n");
        return 0;
    }
    say(fmt::format("{} is renewed{}", name,
                    token.expires_at
                        ? fmt::format(", for {}", spoken(std::chrono::duration_cast<Millis>(
                                                      *token.expires_at - now())))
                        : ""));
    return 0;
}

}  // namespace batch::cli
