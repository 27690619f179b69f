#include "core/auth/accounts/scopes.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace batch::auth {
namespace {

constexpr std::string_view google_prefix = "https://www.googleapis.com/auth/";

constexpr std::array<std::string_view, 3> profile_names{"drive-file", "drive", "full"};

/// Names without a slash that are Google's own and not OpenID's.
constexpr std::array<std::string_view, 5> google_names{"drive", "drive.file", "documents",
                                                       "drive.appdata", "drive.readonly"};

/// Google answers with the long names of these two.
std::string plain_name(std::string_view scope) {
    const std::string name = short_scope(scope);
    if (name == "userinfo.email") {
        return "email";
    }
    return name == "userinfo.profile" ? "profile" : name;
}

}  // namespace

std::span<const std::string_view> profiles() noexcept {
    return profile_names;
}

std::optional<Scopes> profile_scopes(std::string_view profile) {
    if (profile == "drive-file") {
        return Scopes{full_scope("drive.file")};
    }
    if (profile == "drive") {
        return Scopes{full_scope("drive")};
    }
    if (profile == "full") {
        return Scopes{full_scope("documents"), full_scope("drive")};
    }
    return std::nullopt;
}

Scopes identity_scopes() {
    return {"email", "openid", "profile"};
}

std::string full_scope(std::string_view scope) {
    return std::ranges::find(google_names, scope) != google_names.end()
               ? std::string{google_prefix} + std::string{scope}
               : std::string{scope};
}

std::string short_scope(std::string_view scope) {
    return std::string{scope.starts_with(google_prefix) ? scope.substr(google_prefix.size())
                                                        : scope};
}

Scopes merged(const Scopes& left, const Scopes& right) {
    Scopes all = left;
    all.insert(all.end(), right.begin(), right.end());
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());  // clang 14 knows no subrange
    return all;
}

Scopes missing_scopes(const Scopes& wanted, const Scopes& granted) {
    Scopes names;
    for (const std::string& scope : granted) {
        names.push_back(plain_name(scope));
    }
    const auto has = [&names](std::string_view name) {
        return std::ranges::find(names, name) != names.end();
    };
    Scopes missing;
    for (const std::string& scope : wanted) {
        const std::string name = plain_name(scope);
        if (!has(name) && !(name == "drive.file" && has("drive"))) {
            missing.push_back(scope);
        }
    }
    return missing;
}

std::string scope_text(const Scopes& scopes) {
    return join(scopes, " ");
}

Scopes parse_scope(std::string_view text) {
    Scopes scopes;
    for (std::string& scope : split(text, ' ')) {
        if (!scope.empty()) {
            scopes.push_back(std::move(scope));
        }
    }
    return scopes;
}

void check_scope(std::string_view scope) {
    // RFC 6749, appendix A.4.
    const bool is_good = !scope.empty() && std::ranges::all_of(scope, [](char letter) {
        return letter > ' ' && letter <= '~' && letter != '"' && letter != '\\';
    });
    if (!is_good) {
        throw Error(ErrorKind::usage, fmt::format("\"{}\" is no scope", scope),
                    "one scope each: --scope drive.file");
    }
}

Scopes shown_scopes(const Scopes& scopes) {
    Scopes names;
    for (const std::string& scope : missing_scopes(scopes, identity_scopes())) {
        names.push_back(short_scope(scope));
    }
    return names;
}

std::string permission_text(const Scopes& scopes) {
    const auto has = [&scopes](std::string_view name) {
        return std::ranges::any_of(
            scopes, [name](const std::string& scope) { return short_scope(scope) == name; });
    };
    std::string text = has("drive")        ? "see and change all files in Drive"
                       : has("drive.file") ? "create files in Drive and change those"
                                           : "";
    if (has("documents")) {
        text += text.empty() ? "see and change documents" : ", and documents";
    }
    return text.empty() ? "see who that is" : text;
}

}  // namespace batch::auth
