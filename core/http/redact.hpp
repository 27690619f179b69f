#pragma once

#include <string>
#include <string_view>

namespace batch::http {

/// The text, in which what follows the names of secrets is replaced by "***": the headers
/// Authorization, Proxy-Authorization, Cookie and Set-Cookie, and the fields code, code_verifier,
/// access_token, refresh_token, id_token, client_secret, assertion, token, device_code and state
/// of a form, a query or a JSON text, and the password in a URL.
///
/// Whatever is printed of a conversation with a server goes through this one function.
std::string redact(std::string_view text);

}  // namespace batch::http
