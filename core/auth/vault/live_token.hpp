#pragma once

#include "core/auth/vault/credential.hpp"
#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::auth {

/// A token that can be used now.
struct LiveToken {
    Secret token = {};
    std::optional<TimePoint> expires_at = {};
    std::string account = {};
    std::vector<std::string> scopes = {};
};

/// How long a token must be good for, where nobody says.
inline constexpr Millis usual_life{60'000};

/// The login's token, if it has one that is good for so long.  One that came later than now, or
/// ends later than any token lives, is of a clock that was wrong then or is now: nobody knows when
/// it ends.
std::optional<LiveToken> good_token(const Credential& credential, Millis min_life, TimePoint now);

/// The login's token, whatever it is worth.
LiveToken live(const Credential& credential);

}  // namespace batch::auth
