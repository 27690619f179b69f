#pragma once

#include "core/auth/service.hpp"
#include "core/auth/vault/credential.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace batch::http {

class Client;

}  // namespace batch::http

namespace batch::auth {

/// A key file of a service account.
struct ServiceAccountFile {
    std::string email = {};
    Tokens tokens = {};
    bool is_open_to_others = false;
};

/// Reads the JSON that Google's console gives for a service account.
///
/// Throws Error{config} for any other kind of file, by name: a login of gcloud, keys that are
/// borrowed elsewhere or run a command, and for a token address that is neither Google's nor
/// `allowed`: an assertion sent there could be used by whoever gets it.
ServiceAccountFile read_service_account(const std::filesystem::path& path,
                                        const std::string& allowed = {});

/// A token for an assertion (RFC 7523) of the account, good for an hour.
/// Throws Error{login} if the provider refuses, Error{unavailable} as OAuthService.
AccessToken ask_for_service_account(http::Client& client, const Credential& credential);

/// The signed assertion itself.
std::string assertion_of(const Credential& credential, TimePoint now);

}  // namespace batch::auth
