#include "cli/auth/storing.hpp"

#include "cli/auth/account_row.hpp"
#include "cli/output/out.hpp"
#include "cli/report.hpp"
#include "cli/typed.hpp"
#include "core/auth/provider.hpp"
#include "core/auth/vault/keys.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace batch::cli {
namespace {

/// "Drive (drive.file)", "documents".
std::string box_of(const std::string& scope) {
    const std::string name = auth::short_scope(scope);
    return name.starts_with("drive") ? fmt::format("Drive ({})", name) : name;
}

}  // namespace

Storing::Storing(const LoginOptions& options, Context& context, Logins& logins,
                 auth::OpenIdService& service, auth::ClientKey client)
    : options_{options},
      context_{context},
      logins_{logins},
      service_{service},
      client_{std::move(client)} {}

void Storing::store(auth::AccessToken token, const auth::Scopes& asked,
                    const auth::Scopes& wanted) {
    const auth::Identity identity = service_.complete(*token.identity, token.token);
    const auth::Scopes granted = token.scopes.value_or(asked);
    check_scopes(identity, granted, wanted);
    check_person(identity);
    const std::string name = name_for(identity);
    const FileLock lock = logins_.vault().lock(name, "a login");
    const auto before = account_before(name);
    if (before && (before->issuer != identity.issuer || before->subject != identity.subject)) {
        throw_other_person(*before, identity);
    }
    auth::Credential credential{.account = {.name = name,
                                            .issuer = identity.issuer,
                                            .subject = identity.subject,
                                            .email = identity.email,
                                            .full_name = identity.name,
                                            .picture = identity.picture,
                                            .client_id = client_.id,
                                            .scopes = granted,
                                            .granted_at = now(),
                                            .is_renewable = token.refresh_token.has_value(),
                                            .refresh_ends = token.refresh_ends,
                                            .generation = before ? before->generation : 0},
                                .tokens = {.access = std::move(token.token),
                                           .expires_at = token.expires_at,
                                           .issued_at = token.issued_at,
                                           .refresh = token.refresh_token.value_or(Secret{}),
                                           .client = client_}};
    try {
        logins_.vault().save(credential);
    } catch (const Error&) {
        const bool is_google = identity.issuer == auth::google_issuer;
        warn(fmt::format("{} has granted the login all the same", auth::name_of(identity.issuer)),
             is_google ? fmt::format("end it there: {}", auth::google_connections) : "");
        throw;
    }
    logins_.vault().choose_current(name);
    stored_ = credential.account;
    if (!token.refresh_token) {
        warn(fmt::format("{} gave no token to renew the login with: it is good for an hour or so",
                         auth::name_of(identity.issuer)),
             "batchd needs one that lasts: batchctl auth login");
    }
    remember_account(context_, credential.account);
}

void Storing::throw_other_person(const auth::Account& before,
                                 const auth::Identity& identity) const {
    const bool same_email = before.email == identity.email;
    const auto who = [same_email](const std::string& email, const std::string& subject) {
        return email.empty() ? subject
               : same_email  ? fmt::format("{} ({})", email, subject)
                             : email;
    };
    throw Error(
        ErrorKind::conflict,
        fmt::format("the login {} is of {}, and the browser logged in {}; nothing was stored",
                    before.name, who(before.email, before.subject),
                    who(identity.email, identity.subject)),
        fmt::format("under another name: {} --account NAME",
                    command_line_of(without_option(options_.typed, "--account"))));
}

void Storing::check_scopes(const auth::Identity& identity, const auth::Scopes& granted,
                           const auth::Scopes& wanted) const {
    const auth::Scopes missing = auth::missing_scopes(wanted, granted);
    if (missing.empty()) {
        return;
    }
    std::vector<std::string> boxes;
    for (const std::string& scope : missing) {
        boxes.push_back(box_of(scope));
    }
    throw Error(
        ErrorKind::login,
        fmt::format("{} did not tick the box for {}; nothing was stored",
                    identity.email.empty() ? identity.subject : identity.email, join(boxes, ", ")),
        "again, and tick it: " + command_line_of(options_.typed))
        .with_code("scope_missing");
}

void Storing::check_person(const auth::Identity& identity) const {
    if (options_.login_hint.empty() || lower(options_.login_hint) == lower(identity.email)) {
        return;
    }
    throw Error(ErrorKind::login,
                fmt::format("the browser logged in {}, not {}; nothing was stored", identity.email,
                            options_.login_hint),
                "again, and choose the right account: " + command_line_of(options_.typed))
        .with_code("other_account");
}

std::string Storing::name_for(const auth::Identity& identity) const {
    if (!options_.account.empty()) {
        return options_.account;
    }
    if (auth::is_account_name(identity.email)) {
        return identity.email;
    }
    if (auth::is_account_name(identity.subject)) {
        return identity.subject;
    }
    throw Error(ErrorKind::usage, "the account has no name that could be that of a file",
                fmt::format("choose one: {} --account NAME", command_line_of(options_.typed)));
}

/// One that cannot be read goes out of the way, whole.
std::optional<auth::Account> Storing::account_before(const std::string& name) {
    try {
        return auth::read_account(logins_.folder(), name);
    } catch (const Error& error) {
        if (error.code() != "bad_credential") {
            throw;
        }
        logins_.vault().set_aside(name);
        return std::nullopt;
    }
}

void Storing::tell() {
    if (!stored_) {
        return;
    }
    if (context_.globals().json) {
        put(dump(account_shape(*stored_)) + "\n");
        return;
    }
    const std::string names = join(auth::shown_scopes(stored_->scopes), ", ");
    say_always(fmt::format(
        "Logged in to {} as {}, who lets batchctl {}{}", auth::name_of(stored_->issuer),
        stored_->email.empty() ? stored_->name : stored_->email,
        auth::permission_text(stored_->scopes), names.empty() ? "" : " (" + names + ")"));
    say_always(fmt::format("Stored in {} (0600, encrypted, {})",
                           context_.show(auth::record_path(logins_.folder(), stored_->name)),
                           auth::text_of_key(stored_->key_from)));
}

Json account_shape(const auth::Account& account) {
    const auto time = [](const std::optional<TimePoint>& at) {
        return at ? Json(rfc3339(*at)) : Json();
    };
    return {{"v", 1},
            {"account", account.name},
            {"kind", account.kind == auth::AccountKind::login ? "login" : "service_account"},
            {"state", account.status == auth::AccountStatus::ok ? "ok" : "needs_login"},
            {"reason", account.reason.empty() ? Json() : Json(account.reason)},
            {"issuer", account.issuer},
            {"subject", account.subject},
            {"email", account.email.empty() ? Json() : Json(account.email)},
            {"name", account.full_name.empty() ? Json() : Json(account.full_name)},
            {"picture", account.picture.empty() ? Json() : Json(account.picture)},
            {"scopes", account.scopes},
            {"granted_at", rfc3339(account.granted_at)},
            {"ended_at", time(account.ended_at)},
            {"ends_at", time(account.refresh_ends)},
            {"key", account.key_from}};
}

}  // namespace batch::cli
