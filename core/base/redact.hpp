#pragma once

#include "core/base/secret.hpp"

#include <string>
#include <string_view>

namespace batch {

/// The text, in which what follows the names of secrets is replaced by "***": the headers
/// Authorization, Proxy-Authorization, Cookie and Set-Cookie, and the fields code, code_verifier,
/// access_token, refresh_token, id_token, client_secret, assertion, token, device_code, state,
/// private_key and nonce of a form, a query or a JSON text, and the password in a URL.
///
/// Whatever is printed of a conversation with a server goes through this one function, and so does
/// what batchd logs.
std::string redact(std::string_view text);

/// The text with "***" wherever the secret stands in it: a server may repeat what it was told.
std::string without(std::string text, const Secret& secret);

}  // namespace batch
