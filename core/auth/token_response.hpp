#pragma once

#include "core/auth/service.hpp"

#include <string>

namespace batch::http {

struct Response;

}  // namespace batch::http

namespace batch::auth {

/// Limits of what is taken for a token; Google's have up to 2,048 and 512 letters
/// (developers.google.com/identity/protocols/oauth2, "Token size").
inline constexpr std::size_t longest_token = 4096;

/// A good answer of the token endpoint (RFC 6749, section 5.1).
struct TokenResponse {
    AccessToken token = {};
    std::string id_token = {};  ///< not verified yet; may be empty
};

/// Throws Error{login} with the provider's word as its code if it refuses, Error{config} if it
/// refuses the client, Error{unavailable} for anything that is no answer of a token endpoint.
/// What the body says is never shown but for the provider's error word, printable and short.
TokenResponse parse_token_response(const http::Response& response, const std::string& issuer,
                                   TimePoint now);

/// The word of an answer that is no success: "invalid_grant"; empty if it has none.
std::string error_word(const http::Response& response);

/// Throws as parse_token_response() for an answer with an error.
[[noreturn]] void throw_refusal(const http::Response& response, const std::string& issuer);

/// At most 64 letters of a word that a stranger chose, printable ASCII only.
std::string clean_word(std::string_view word);

}  // namespace batch::auth
