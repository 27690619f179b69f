#pragma once

#include "core/auth/service.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::auth {

/// A key that a provider signs with (RFC 7517): RSA, its two numbers in big-endian bytes.
struct SigningKey {
    std::string id = {};
    std::string modulus = {};
    std::string exponent = {};
};

/// The RSA keys of a key set; others are left out.  Throws Error{unavailable} if it is none.
std::vector<SigningKey> parse_keys(std::string_view key_set);

/// What an id_token must say.
struct IdTokenRules {
    std::string issuer = {};
    std::string client_id = {};
    std::string nonce = {};  ///< empty: none was sent
    TimePoint now = {};
};

/// The `kid` in the header; absent if the text is no signed token in RS256.
///
/// Throws Error{login} with code "bad_id_token" if it is none or of another kind ("none", HS256).
std::string key_id_of(std::string_view id_token);

/// Checks the signature and every claim (OpenID Connect Core, section 3.1.3.7); a minute is allowed
/// for clocks that differ.  Throws Error{login} with code "bad_id_token" and the reason.
Identity verify_id_token(std::string_view id_token, const SigningKey& key,
                         const IdTokenRules& rules);

/// What is kept of a text for people: no more than they can bear, and no half letter.
std::string profile_text(std::string_view text);

/// "your clock is N s behind": claims of the future come from there; empty if it is right.
inline constexpr std::chrono::seconds clock_leeway{60};

}  // namespace batch::auth
