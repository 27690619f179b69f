#include "core/auth/keeper.hpp"

#include "core/auth/openid.hpp"
#include "core/auth/patience.hpp"
#include "core/auth/provider.hpp"
#include "core/auth/service_account.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/http/client.hpp"
#include "core/os/crash_point.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

namespace batch::auth {
namespace {

using namespace std::chrono_literals;

constexpr int most_tries = 5;
constexpr Millis first_pause{500};
constexpr auto longest_asking = lock_patience / 2;  // others wait for the lock meanwhile
constexpr int most_saves = 3;
constexpr Millis between_saves{300};

/// What can be used as it is.
std::optional<LiveToken> good(const Credential& credential, const TokenRequest& request) {
    const bool is_refused = request.refused && credential.tokens.access == *request.refused;
    return is_refused ? std::nullopt : good_token(credential, request.min_life, now());
}

/// Somebody else may have logged in under the name meanwhile.
void check_person(const Account& account, const TokenRequest& request) {
    if (request.subject.empty() || account.subject == request.subject) {
        return;
    }
    throw Error(ErrorKind::login,
                fmt::format("the login {} is of another person now, {}", account.name,
                            account.email.empty() ? account.subject : account.email),
                kind_by_name(request.subject) == AccountKind::login
                    ? fmt::format("log in as before: {}", remedy(AccountKind::login, account.name))
                    : way_back(AccountKind::service_account, account.name))
        .with_code("login_needed");
}

[[noreturn]] void throw_no_login(const std::string& name) {
    const AccountKind kind = kind_by_name(name);
    throw Error(ErrorKind::login, fmt::format("there is no login {}", name),
                fmt::format("{}: {}", kind == AccountKind::login ? "log in" : "store its key",
                            remedy(kind, name)))
        .with_code("login_needed");
}

/// Half to the whole of it, so that many do not come back at once.
Millis jittered(Millis pause) {
    return pause / 2 +
           Millis{BootClock::now().time_since_epoch().count() % (pause.count() / 2 + 1)};
}

/// Whether the provider says that the login is over; its other words are about the request.
bool is_end(const Error& error) {
    return error.kind() == ErrorKind::login &&
           (error.code() == "invalid_grant" || error.code() == "invalid_rapt");
}

/// Whether the refresh token cannot have been used up: nothing was sent, or it was refused.
bool is_unused(const Error& error) {
    return error.kind() != ErrorKind::unavailable || error.code() == "unreachable" ||
           error.code() == "untrusted" || error.code() == "provider_in_trouble";
}

}  // namespace

/// The login as it is stored now.  Throws Error{login} if it is not there, over, or of somebody
/// else.
Credential Keeper::usable(const TokenRequest& request) {
    auto credential = vault_.find(request.account);
    if (!credential) {
        throw_no_login(request.account);
    }
    check_person(credential->account, request);
    if (credential->account.status == AccountStatus::needs_login && !request.even_if_ended) {
        throw_ended(credential->account);
    }
    return std::move(*credential);
}

std::optional<Secret> token_at_hand(Vault& vault, const std::string& account) {
    const auto credential = vault.find(account);
    return credential ? std::optional{credential->tokens.access} : std::nullopt;
}

void throw_ended(const Account& account) {
    throw Error(
        ErrorKind::login,
        fmt::format("{} no longer accepts the login of {}", name_of(account.issuer), account.name),
        way_back(account.kind, account.name))
        .with_code("login_needed");
}

Keeper::Keeper(Vault& vault, http::Client& client, std::function<void(const std::string&)> warn)
    : vault_{vault}, client_{client}, warn_{std::move(warn)} {}

LiveToken Keeper::token(const TokenRequest& request) {
    auto token = good(usable(request), request);
    return token ? std::move(*token) : refreshed(request);
}

LiveToken Keeper::refreshed(const TokenRequest& request) {
    const FileLock lock = vault_.lock(request.account, "a refresh");
    Credential credential = usable(request);  // somebody may have been quicker
    if (!good(credential, request)) {
        ask_with_patience(credential);
    }
    return live(credential);
}

void Keeper::ask_with_patience(Credential& credential) {
    const BootTime end = BootClock::now() + longest_asking;
    Millis pause = first_pause;
    for (int left = most_tries - 1;; --left, pause *= 2) {
        Millis wait{0};
        try {
            ask(credential);
            return;
        } catch (const Error& error) {
            wait = std::max(jittered(pause), client_.asked_pause());
            if (left == 0 || !may_help_to_wait(error) || BootClock::now() + wait > end) {
                throw;
            }
        }
        std::this_thread::sleep_for(wait);
    }
}

/// One request, with a note before it that it is on its way: who finds the note knows that the
/// token may have been used.
void Keeper::ask(Credential& credential) {
    if (credential.account.kind == AccountKind::service_account) {
        const AccessToken token = ask_for_service_account(client_, credential);
        credential.tokens.access = token.token;
        credential.tokens.expires_at = token.expires_at;
        credential.tokens.issued_at = token.issued_at;
        save_with_patience(credential);
        return;
    }
    if (credential.tokens.refresh.empty()) {
        end_login(credential, "no_refresh_token", false);
    }
    OpenIdService service{client_, discover(client_, credential.account.issuer),
                          credential.tokens.client};
    const std::string digest = sha256_hex(credential.tokens.refresh.reveal());
    const bool was_pending = credential.tokens.pending == digest;
    credential.tokens.pending = digest;
    vault_.save(credential);
    crash_point("refresh.noted");
    AccessToken token;
    try {
        token = service.refresh(credential.tokens.refresh);
    } catch (const Error& error) {
        learn_from(error, credential, was_pending);
        throw;
    }
    crash_point("refresh.answered");
    credential.tokens.access = token.token;
    credential.tokens.expires_at = token.expires_at;
    credential.tokens.issued_at = token.issued_at;
    credential.tokens.refresh = token.refresh_token.value_or(credential.tokens.refresh);
    credential.tokens.pending.clear();
    if (token.scopes) {
        credential.account.scopes = *token.scopes;
    }
    credential.account.status = AccountStatus::ok;
    credential.account.reason.clear();
    credential.account.ended_at.reset();
    save_with_patience(credential);
}

/// What a refresh that failed tells of the login.
void Keeper::learn_from(const Error& error, Credential& credential, bool was_pending) {
    if (is_end(error)) {
        end_login(credential, std::string{error.code()}, was_pending);
    }
    if (!was_pending && is_unused(error)) {
        credential.tokens.pending.clear();
        save_with_patience(credential);
    }
}

void Keeper::end_login(Credential& credential, const std::string& word, bool was_pending) {
    credential.account.status = AccountStatus::needs_login;
    credential.account.reason = was_pending ? "rotation_lost" : word;
    credential.account.ended_at = credential.account.ended_at.value_or(now());
    credential.tokens.access = Secret{};
    credential.tokens.pending.clear();
    save_with_patience(credential);
    throw_ended(credential.account);
}

/// The provider has changed the token already: what is not stored now is lost with this process.
void Keeper::save_with_patience(Credential& credential) {
    for (int left = most_saves - 1;; --left) {
        try {
            vault_.save(credential);
            return;
        } catch (const Error& error) {
            if (left == 0) {
                if (warn_) {
                    warn_(fmt::format(
                        "{}; the token is good for now, but the login may have to be made anew",
                        error.what()));
                }
                return;
            }
        }
        std::this_thread::sleep_for(between_saves);
    }
}

}  // namespace batch::auth
