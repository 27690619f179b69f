#pragma once

#include "core/base/secret.hpp"
#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::auth {

/// Who somebody is, as the provider says (OpenID Connect Core, section 5.1).
struct Identity {
    std::string issuer = {};
    std::string subject = {};  ///< with the issuer it names the account for ever; an email does not
    std::string email = {};
    std::string name = {};
    std::string picture = {};

    bool operator==(const Identity&) const = default;
};

/// What a person is asked for, and how the answer comes back.
struct AuthorizationOptions {
    std::vector<std::string> scopes = {};
    std::string state = {};           ///< comes back unchanged; unguessable
    std::string redirect_uri = {};    ///< of the loopback listener
    std::string code_challenge = {};  ///< S256 of the verifier (RFC 7636)
    std::string nonce = {};           ///< comes back in the id_token
    std::string login_hint = {};      ///< email of the account to offer; may be empty
};

/// An authorization code, with what proves that it was given to us.
struct CodeExchange {
    Secret code = {};
    Secret code_verifier = {};
    std::string redirect_uri = {};
    std::string nonce = {};
};

/// A token to call the provider's interfaces with, and what came along with it.
struct AccessToken {
    Secret token = {};
    std::optional<TimePoint> expires_at = {};    ///< absent: the provider did not say
    std::optional<TimePoint> issued_at = {};     ///< when it came, by our clock
    std::optional<Secret> refresh_token = {};    ///< absent: the one before stays good
    std::optional<TimePoint> refresh_ends = {};  ///< Google: access was given for some time only
    std::optional<std::vector<std::string>> scopes = {};  ///< absent: those that were asked for
    std::optional<Identity> identity = {};                ///< of a verified id_token
};

/// Logins of one provider with one client: the four calls that everything else is made of.
///
/// All but the first ask the provider, once, and never repeat a request.  They throw
/// Error{unavailable} if it cannot be reached or is in trouble (the outcome may be unknown then),
/// Error{login} with the provider's own word as the code ("invalid_grant", ...) if it refuses, and
/// Error{config} if it refuses the client.
class OAuthService {
public:
    virtual ~OAuthService() = default;

    /// The address that a person opens in a browser.
    virtual std::string authorization_url(const AuthorizationOptions& options) const = 0;

    /// Verifies the id_token that comes with it.
    virtual AccessToken exchange_code(const CodeExchange& exchange) = 0;
    virtual AccessToken refresh(const Secret& refresh_token) = 0;

    /// Ends the login that the token belongs to; one that has ended already is fine.
    virtual void revoke(const Secret& token) = 0;

protected:
    OAuthService() = default;
    OAuthService(const OAuthService&) = default;
    OAuthService& operator=(const OAuthService&) = default;
};

}  // namespace batch::auth
