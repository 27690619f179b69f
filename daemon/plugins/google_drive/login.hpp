#pragma once

#include "core/auth/keeper.hpp"
#include "core/auth/vault/vault.hpp"
#include "core/base/secret.hpp"
#include "core/http/client.hpp"
#include "daemon/plugins/google_drive/options.hpp"

#include <optional>

namespace batch::drive {

/// The login that a step delivers with: a token of the environment, a stored login, or a service
/// account of the environment, in this order.
class Login {
public:
    /// The client must outlive it.
    Login(const Options& options, http::Client& client);

    /// One that is good; another one than `refused`.
    /// Throws Error{login} if there is none, or it is over; Error{unavailable} if it cannot be had
    /// now.
    Secret token(const std::optional<Secret>& refused);

    /// Drive does not accept a new token either: the login is over until there is another one.
    [[noreturn]] void end(const Secret& token);

private:
    [[noreturn]] void throw_ended();
    Secret find_token(const std::optional<Secret>& refused);
    Secret token_of_key(const std::optional<Secret>& refused);

    std::string account_;
    std::string subject_;
    http::Client& client_;
    auth::Vault vault_;
    auth::Keeper keeper_;
    std::optional<Secret> dead_;             ///< a token that was new and refused
    std::optional<auth::LiveToken> of_key_;  ///< of a service account of the environment
};

}  // namespace batch::drive
