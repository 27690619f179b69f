#pragma once

#include "core/base/secret.hpp"

#include <string>
#include <string_view>

namespace batch::auth {

/// 256 bits of the system's randomness in 43 letters of base64url.
/// Throws Error{internal} if there is no randomness: nothing may go on without.
std::string random_text();

/// The S256 challenge of a code verifier (RFC 7636, section 4.2).
std::string s256(std::string_view verifier);

/// What one login is known by; none of it is used twice.
struct Challenge {
    std::string state = random_text();
    std::string nonce = random_text();
    Secret verifier{random_text()};
};

}  // namespace batch::auth
