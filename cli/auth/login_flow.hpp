#pragma once

#include "cli/auth/logins.hpp"
#include "cli/auth/waiting_room.hpp"
#include "cli/auth_commands.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/challenge.hpp"
#include "core/auth/openid.hpp"

#include <optional>

namespace batch::cli {

/// One login, from the address that is shown to the tokens that come back.
class LoginFlow {
public:
    LoginFlow(const LoginOptions& options, Context& context, auth::OpenIdService& service,
              Interruption& interruption);

    /// Absent if a signal ended it.  The browser then waits for finish().
    /// Throws Error{login} if it was denied, Error{unfinished} at the end of the time.
    std::optional<auth::AccessToken> run(const auth::Scopes& scopes);

    /// What the browser is shown.
    void finish(auth::Page page) { listener_.finish(page); }

private:
    auth::CallbackRules rules() const;
    Paste show(const std::string& url);
    auth::AccessToken exchange(const auth::CallbackAnswer& answer);

    const LoginOptions& options_;
    Context& context_;
    auth::OpenIdService& service_;
    Interruption& interruption_;
    Millis timeout_;
    auth::Listener listener_;
    auth::Challenge challenge_;
};

}  // namespace batch::cli
