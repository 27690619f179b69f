#pragma once

#include "core/auth/id_token.hpp"
#include "core/base/secret.hpp"

#include <string>
#include <string_view>

namespace batch::auth {

/// Whether the signature is that of the text in RS256 (RFC 7518, section 3.3).
/// Throws Error{login} for a key shorter than 2,048 bits.
bool is_signed_by(const SigningKey& key, std::string_view text, std::string_view signature);

/// Signs in RS256 with a private key in PEM form.  Throws Error{config} if that is no RSA key of
/// 2,048 bits at least, or needs a passphrase.
std::string sign(const Secret& private_key, std::string_view text);

}  // namespace batch::auth
