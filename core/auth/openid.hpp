#pragma once

#include "core/auth/id_token.hpp"
#include "core/auth/provider.hpp"
#include "core/auth/service.hpp"
#include "core/auth/vault/client_file.hpp"

#include <memory>
#include <vector>

namespace batch::http {

class Client;
struct Response;

}  // namespace batch::http

namespace batch::auth {

/// Logins of any OpenID provider; Google is one.  One thread.
class OpenIdService final : public OAuthService {
public:
    /// The client must outlive it.
    OpenIdService(http::Client& client, Provider provider, ClientKey key);

    std::string authorization_url(const AuthorizationOptions& options) const override;
    AccessToken exchange_code(const CodeExchange& exchange) override;
    AccessToken refresh(const Secret& refresh_token) override;
    void revoke(const Secret& token) override;

    /// What the userinfo endpoint says beside the id_token; the identity as it is if there is none
    /// or it is in trouble.  Throws Error{login} if it speaks of somebody else.
    Identity complete(const Identity& identity, const Secret& access_token);

    const Provider& provider() const noexcept { return provider_; }

private:
    friend class DeviceLogin;

    http::Response post(const std::string& url,
                        std::vector<std::pair<std::string, std::string>> fields,
                        bool with_secret = true);
    Identity identity_in(const std::string& id_token, const std::string& nonce);
    std::optional<SigningKey> find_key(const std::string& id);
    void fetch_keys();

    http::Client& client_;
    Provider provider_;
    ClientKey key_;
    std::vector<SigningKey> keys_;
};

}  // namespace batch::auth
