#pragma once

#include "core/auth/accounts/account.hpp"
#include "core/auth/vault/client_file.hpp"
#include "core/base/secret.hpp"

#include <optional>
#include <string>

namespace batch::auth {

/// The secrets of a login, or of a service account.
struct Tokens {
    Secret access = {};
    std::optional<TimePoint> expires_at = {};
    std::optional<TimePoint> issued_at = {};  ///< absent: stored by an older version
    Secret refresh = {};
    ClientKey client = {};
    /// A refresh was sent with this token's digest and not heard of since: the token may be dead.
    std::string pending = {};
    Secret private_key = {};        ///< of a service account, PEM
    std::string key_id = {};        ///< its number
    std::string token_uri = {};     ///< where its assertions go
    std::string on_behalf_of = {};  ///< domain-wide delegation: the user it acts for
};

/// One login: what may be seen of it, and its secrets.
struct Credential {
    Account account = {};
    Tokens tokens = {};
};

/// The record of a file: the account in the open, the tokens sealed with the key, and bound to the
/// account, so that neither can be put to another.
std::string record_of(const Credential& credential, const Secret& key);

/// Throws Error{login} with code "bad_credential" if the seal does not hold.
Credential parse_credential(std::string_view record, const std::string& name, const Secret& key);

}  // namespace batch::auth
