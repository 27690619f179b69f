#pragma once

#include "core/auth/vault/live_token.hpp"
#include "core/auth/vault/vault.hpp"
#include "core/base/secret.hpp"
#include "core/base/time.hpp"

#include <functional>
#include <optional>
#include <string>

namespace batch {

class Error;

}  // namespace batch

namespace batch::http {

class Client;

}  // namespace batch::http

namespace batch::auth {

/// How a token is asked for.
struct TokenRequest {
    std::string account = {};
    std::string subject = {};      ///< it must be this person's; empty: anybody's
    Millis min_life = usual_life;  ///< it must be good for so long
    /// This one was refused although its time is not over: get another, unless somebody has.
    std::optional<Secret> refused = {};
    bool even_if_ended = false;  ///< try again what the provider has said to be over
};

/// Keeps logins fresh: one refresh at a time over all processes, whoever needs it first.
///
/// A token that is good is used as it is.  Else: take the lock, read again (somebody may have been
/// quicker), note that a refresh is on its way, ask, store, let go.  A provider that changes the
/// refresh token with each use sees each of them once.  What went wrong is told apart: a provider
/// in trouble leaves the login as it is (Error{unavailable}); one that says the login is over ends
/// it (Error{login}), and is not asked again.
class Keeper {
public:
    /// Both must outlive it.  `warn` is told what cannot be stored.
    Keeper(Vault& vault, http::Client& client, std::function<void(const std::string&)> warn = {});

    /// Throws Error{login} if there is no such login or it is over, Error{unavailable} if it
    /// cannot be had now.
    LiveToken token(const TokenRequest& request);

private:
    Credential usable(const TokenRequest& request);
    LiveToken refreshed(const TokenRequest& request);
    void ask(Credential& credential);
    void ask_with_patience(Credential& credential);
    void learn_from(const Error& error, Credential& credential, bool was_pending);
    [[noreturn]] void end_login(Credential& credential, const std::string& word, bool was_pending);
    void save_with_patience(Credential& credential);

    Vault& vault_;
    http::Client& client_;
    std::function<void(const std::string&)> warn_;
};

/// The access token that is stored, whatever it is worth; absent if there is none.
std::optional<Secret> token_at_hand(Vault& vault, const std::string& account);

/// The error of a login that is over, as it is told wherever it is met.
[[noreturn]] void throw_ended(const Account& account);

}  // namespace batch::auth
