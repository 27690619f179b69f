#include "cli/auth/logins.hpp"
#include "cli/auth/tool.hpp"
#include "cli/output/out.hpp"
#include "cli/report.hpp"
#include "core/auth/openid.hpp"
#include "core/auth/provider.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace batch::cli {
namespace {

struct Parting {
    std::string account;
    std::string issuer;
    std::optional<auth::Tokens> tokens;  ///< absent if they cannot be read
    std::string problem;                 ///< why they cannot be
};

/// Where it is still valid; empty if not even that can be read.
std::string issuer_of(Logins& logins, const std::string& name) {
    try {
        const auto account = auth::read_account(logins.folder(), name);
        return account ? account->issuer : std::string{};
    } catch (const Error&) {
        return {};
    }
}

bool is_robot(Logins& logins, const std::string& name) {
    try {
        const auto account = auth::read_account(logins.folder(), name);
        return account && account->kind == auth::AccountKind::service_account;
    } catch (const Error&) {
        return false;
    }
}

/// Gone from here whatever the provider says later.
Parting take_out(Logins& logins, const std::string& name) {
    const FileLock lock = logins.vault().lock(name, "a logout");
    Parting parting{.account = name};
    try {
        auto credential = logins.vault().find(name);
        if (credential) {
            parting.issuer = credential->account.issuer;
            parting.tokens = std::move(credential->tokens);
        }
    } catch (const Error& error) {
        parting.issuer = issuer_of(logins, name);
        parting.problem = error.what();
    }
    logins.vault().remove(name);
    return parting;
}

/// False if there is nothing left to end.
bool end_at_provider(Logins& logins, const Parting& parting) {
    const Secret& token =
        parting.tokens->refresh.empty() ? parting.tokens->access : parting.tokens->refresh;
    if (token.empty()) {
        return false;
    }
    auth::OpenIdService service{logins.client(), auth::discover(logins.client(), parting.issuer),
                                parting.tokens->client};
    service.revoke(token);
    return true;
}

[[noreturn]] void throw_not_ended(const Parting& parting, const std::string& why) {
    throw Error(ErrorKind::operation,
                fmt::format("removed here, but {}: the login is still valid there", why),
                parting.issuer == auth::google_issuer
                    ? fmt::format("end it yourself: {}", auth::google_connections)
                    : "end it yourself, in your account there")
        .with_code("not_revoked");
}

/// False if there was nothing to end; throws Error{operation} if the provider did not confirm it.
bool end_at_provider_or_say_so(Logins& logins, const Parting& parting) {
    const std::string provider = auth::name_of(parting.issuer);
    if (!parting.problem.empty()) {
        throw_not_ended(
            parting, fmt::format("not at {}, as {}", provider.empty() ? "the provider" : provider,
                                 parting.problem));
    }
    if (!parting.tokens) {
        return false;  // somebody else was quicker
    }
    try {
        return end_at_provider(logins, parting);
    } catch (const Error& error) {
        throw_not_ended(parting, error.kind() == ErrorKind::unavailable
                                     ? provider + " could not be reached"
                                     : std::string{error.what()});
    }
}

std::string said_of(const Parting& parting, const std::string& name, bool local_only) {
    if (!parting.tokens && parting.problem.empty()) {
        return fmt::format("another program has logged out {} just now", name);
    }
    return local_only ? fmt::format("{} is removed here; it is still valid at the provider", name)
                      : fmt::format("{} is logged out", name);
}

}  // namespace

int AuthTool::logout(const LogoutOptions& options, Context& context) {
    Logins logins{context};
    const std::string name = logins.chosen(options.account);
    if (!options.local_only && !is_robot(logins, name)) {
        warn(issuer_of(logins, name) == auth::google_issuer
                 ? "logging out ends every login to this Google project, on other machines too"
                 : "logging out ends the login at the provider, too");
    }
    if (!context.confirm(fmt::format("Log out {}?", name),
                         fmt::format("logging out {} cannot be undone", name),
                         fmt::format("batchctl auth logout --account {} --yes", name))) {
        return 0;
    }
    const Parting parting = take_out(logins, name);
    const bool is_person = !parting.tokens || parting.tokens->private_key.empty();
    const bool is_revoked =
        !options.local_only && is_person && end_at_provider_or_say_so(logins, parting);
    if (context.globals().json) {
        put(dump(Json{{"v", 1}, {"account", name}, {"revoked", is_revoked}}) + "\n");
    }
    say(said_of(parting, name, options.local_only));
    return 0;
}

}  // namespace batch::cli
