#pragma once

#include "core/base/secret.hpp"

#include <string>
#include <string_view>

namespace batch {

/// The text, in which what follows the names of secrets is replaced by "***": the headers
/// Authorization, Proxy-Authorization, Cookie and Set-Cookie, and the fields code, code_verifier,
/// access_token, refresh_token, id_token, client_secret, assertion, token, device_code and state
/// of a form, a query or a JSON text, and the password in a URL.
///
/// Whatever is printed of a conversation with a server goes through this one function, and so does
/// what batchd logs.
std::string redact(std::string_view text);

/// The same, and nowhere with the secret itself, which a server may repeat in its own words.
std::string redact(std::string_view text, const Secret& secret);

}  // namespace batch
