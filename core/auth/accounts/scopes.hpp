#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batch::auth {

using Scopes = std::vector<std::string>;

/// What a profile asks for beside who one is: "drive-file", "drive" or "full".
/// Absent if there is no such profile.
std::optional<Scopes> profile_scopes(std::string_view profile);

/// The names of the profiles.
std::span<const std::string_view> profiles() noexcept;

/// Those every login asks for: openid, email, profile.
Scopes identity_scopes();

/// Google's long name of a short one: "drive.file" for ".../auth/drive.file".
std::string full_scope(std::string_view scope);

/// The inverse, for people.
std::string short_scope(std::string_view scope);

/// Sorted, each once.
Scopes merged(const Scopes& left, const Scopes& right);

/// Of the wanted scopes those that are not granted; one that includes another counts for it
/// (drive for drive.file), and so do Google's two names for email and profile.
Scopes missing_scopes(const Scopes& wanted, const Scopes& granted);

/// "a b c" as in requests and answers (RFC 6749, section 3.3).
std::string scope_text(const Scopes& scopes);
Scopes parse_scope(std::string_view text);

/// Throws Error{usage} for letters that RFC 6749 does not know in a scope.
void check_scope(std::string_view scope);

/// The short names of those that say more than who somebody is, for people.
Scopes shown_scopes(const Scopes& scopes);

/// What somebody who granted these lets us do: "create files in Drive and change those".
std::string permission_text(const Scopes& scopes);

}  // namespace batch::auth
