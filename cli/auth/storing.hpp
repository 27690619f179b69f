#pragma once

#include "cli/auth/logins.hpp"
#include "cli/auth_commands.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/openid.hpp"
#include "core/base/json.hpp"

#include <optional>

namespace batch::cli {

/// The end of a login: checks who it is and what was granted, and keeps it.
class Storing {
public:
    Storing(const LoginOptions& options, Context& context, Logins& logins,
            auth::OpenIdService& service, auth::ClientKey client);

    /// On the disk when this returns.  Throws Error{login} if something that is wanted was not
    /// granted or it is somebody else, Error{conflict} if the name belongs to another account.
    void store(auth::AccessToken token, const auth::Scopes& asked, const auth::Scopes& wanted);

    bool is_stored() const noexcept { return stored_.has_value(); }

    /// Says what was stored and where.
    void tell();

private:
    [[noreturn]] void throw_other_person(const auth::Account& before,
                                         const auth::Identity& identity) const;
    void check_scopes(const auth::Identity& identity, const auth::Scopes& granted,
                      const auth::Scopes& wanted) const;
    void check_person(const auth::Identity& identity) const;
    std::string name_for(const auth::Identity& identity) const;
    std::optional<auth::Account> account_before(const std::string& name);

    const LoginOptions& options_;
    Context& context_;
    Logins& logins_;
    auth::OpenIdService& service_;
    auth::ClientKey client_;
    std::optional<auth::Account> stored_;
};

/// What is told of an account, by name: the documented JSON object.
Json account_shape(const auth::Account& account);

}  // namespace batch::cli
