#include "core/auth/vault/live_token.hpp"

#include <algorithm>
#include <chrono>

namespace batch::auth {
namespace {

constexpr std::chrono::hours longest_life{24};  // as token_response takes them
constexpr std::chrono::minutes clock_error{1};  // that a clock is set by while nothing is wrong

}  // namespace

LiveToken live(const Credential& credential) {
    return {.token = credential.tokens.access,
            .expires_at = credential.tokens.expires_at,
            .account = credential.account.name,
            .scopes = credential.account.scopes};
}

std::optional<LiveToken> good_token(const Credential& credential, Millis min_life, TimePoint now) {
    const Tokens& tokens = credential.tokens;
    const bool is_good =
        !tokens.access.empty() && (!tokens.issued_at || *tokens.issued_at <= now + clock_error) &&
        (!tokens.expires_at || (*tokens.expires_at > now + std::max(min_life, Millis{0}) &&
                                *tokens.expires_at <= now + longest_life + clock_error));
    return is_good ? std::optional{live(credential)} : std::nullopt;
}

}  // namespace batch::auth
