#pragma once

#include "core/auth/accounts/scopes.hpp"
#include "core/auth/openid.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace batch::auth {

/// What a person enters on another device (RFC 8628, section 3.2).
struct DeviceCode {
    Secret device_code = {};
    std::string user_code = {};
    std::string verification_uri = {};
    BootTime expires_at = {};
    std::chrono::seconds interval{5};
};

/// A login on another device, for machines without a browser.
class DeviceLogin {
public:
    explicit DeviceLogin(OpenIdService& service) : service_{service} {}

    /// Throws Error{config} if the provider or the client cannot do it.
    DeviceCode begin(const Scopes& scopes);

    /// One question; absent while the person has not answered.  `code.interval` grows if the
    /// provider wants it slower.  Throws Error{login} if it was denied or took too long.
    std::optional<AccessToken> poll(DeviceCode& code);

    /// For how long the provider wants to be left in peace, by its last answer.
    Millis asked_pause() const;

private:
    OpenIdService& service_;
};

}  // namespace batch::auth
