#pragma once

#include "core/auth/accounts/account.hpp"

#include <string>
#include <string_view>

namespace batch::http {

class Client;

}  // namespace batch::http

namespace batch::auth {

/// Where a provider is asked what (OpenID Connect Discovery, section 3).
struct Provider {
    std::string issuer = {};
    std::string authorization_endpoint = {};
    std::string token_endpoint = {};
    std::string revocation_endpoint = {};  ///< may be empty: logins cannot be ended there
    std::string userinfo_endpoint = {};    ///< may be empty
    std::string device_endpoint = {};      ///< may be empty
    std::string jwks_uri = {};
    bool sends_issuer = false;  ///< promises `iss` in the callback (RFC 9207)

    bool is_google() const noexcept { return issuer == google_issuer; }
};

/// Google's endpoints, which need not be asked for.
Provider google();

/// Those of an issuer: Google's own, or what its discovery document says.
///
/// Throws Error{config} if that is none, or one of another issuer; Error{unavailable} if it cannot
/// be had.
Provider discover(http::Client& client, const std::string& issuer);

/// The provider in messages: "Google", or the issuer without "https://".
std::string name_of(std::string_view issuer);

}  // namespace batch::auth
