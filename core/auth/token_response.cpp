#include "core/auth/token_response.hpp"

#include "core/auth/accounts/scopes.hpp"
#include "core/auth/provider.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/base/text.hpp"
#include "core/http/client.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace batch::auth {
namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_scopes = std::size_t{8} << 10U;  // all of them together
constexpr std::chrono::hours longest_life{24};
constexpr std::chrono::hours longest_refresh{24 * 366};

[[noreturn]] void throw_unexpected(const http::Response& response, const std::string& issuer,
                                   std::string_view what) {
    const std::string_view type = response.header("content-type");
    throw Error(ErrorKind::unavailable,
                fmt::format("unexpected response from {}'s token endpoint (HTTP {}, {}): {}",
                            name_of(issuer), response.status,
                            type.empty() ? "no content type" : clean_word(type), what),
                "is a proxy or a sign-in page of the network in between?")
        .with_code("unexpected_response");
}

/// The object of the answer; absent if it is no JSON object with each key once.
std::optional<Json> object_in(const http::Response& response) {
    if (!lower(response.header("content-type")).starts_with("application/json") ||
        response.body.starts_with("\xEF\xBB\xBF")) {
        return std::nullopt;
    }
    try {
        Json object = parse_json(response.body, "the response");
        if (!object.is_object() || names_one_twice(response.body)) {
            return std::nullopt;
        }
        return object;
    } catch (const Error&) {
        return std::nullopt;  // what exactly is wrong could show a secret
    }
}

/// Letters that a header may carry: no blanks, nothing invisible (RFC 6750, section 2.1).
bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= longest_token &&
           std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter <= '~'; });
}

/// Scopes are kept in the login's file, and shown (RFC 6749, section 3.3).
bool is_scope_text(std::string_view text) {
    return text.size() <= longest_scopes &&
           std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
}

/// In how many seconds; a number as a text is tolerated, anything else is not known.
std::optional<double> seconds_in(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) {
        return std::nullopt;
    }
    if (found->is_number()) {
        return found->get<double>();
    }
    double value = 0;
    const std::string text = found->is_string() ? found->get<std::string>() : "";
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    return end.ec == std::errc{} && end.ptr == text.data() + text.size() && !text.empty()
               ? std::optional{value}
               : std::nullopt;
}

std::optional<TimePoint> end_of(std::optional<double> seconds, TimePoint now,
                                std::chrono::seconds longest) {
    if (!seconds || !std::isfinite(*seconds)) {
        return std::nullopt;
    }
    const double kept = std::clamp(*seconds, 0.0, static_cast<double>(longest.count()));
    return now + Millis{static_cast<std::int64_t>(kept * 1000)};
}

[[noreturn]] void throw_client_refused(const std::string& issuer, const std::string& word) {
    throw Error(ErrorKind::config,
                fmt::format("{} does not accept our client ({})", name_of(issuer), word),
                "is it the right one, and still there? man batchctl-auth-login")
        .with_code(word);
}

}  // namespace

std::string clean_word(std::string_view word) {
    std::string clean;
    for (const char letter : word.substr(0, longest_word)) {
        clean += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return clean;
}

std::string error_word(const http::Response& response) {
    const auto object = object_in(response);
    return object ? clean_word(text_member(*object, "error")) : std::string{};
}

void throw_refusal(const http::Response& response, const std::string& issuer) {
    const auto object = object_in(response);
    const std::string word = object ? clean_word(text_member(*object, "error")) : "";
    if (response.status == 429 || response.status >= 500 || word == "temporarily_unavailable" ||
        word == "server_error") {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{} is in trouble (HTTP {})", name_of(issuer), response.status),
                    "try again in a minute")
            .with_code("provider_in_trouble");
    }
    if (word.empty() || response.status < 400) {
        throw_unexpected(response, issuer, "it is no answer of one");
    }
    constexpr std::array<std::string_view, 4> about_client{
        "invalid_client", "deleted_client", "unauthorized_client", "disabled_client"};
    if (std::ranges::find(about_client, word) != about_client.end()) {
        throw_client_refused(issuer, word);
    }
    const std::string subtype = clean_word(text_member(*object, "error_subtype"));
    throw Error(ErrorKind::login, fmt::format("{} refuses: {}{}{}", name_of(issuer), word,
                                              subtype.empty() ? "" : ", ", subtype))
        .with_code(word == "invalid_grant" && subtype == "invalid_rapt" ? subtype : word);
}

TokenResponse parse_token_response(const http::Response& response, const std::string& issuer,
                                   TimePoint now) {
    if (response.status != 200) {
        throw_refusal(response, issuer);
    }
    const auto object = object_in(response);
    if (!object) {
        throw_unexpected(response, issuer, "it is no JSON object");
    }
    TokenResponse result{.id_token = text_member(*object, "id_token")};
    result.token.token = Secret{text_member(*object, "access_token")};
    if (!is_token(result.token.token.reveal())) {
        throw_unexpected(response, issuer, "there is no good \"access_token\" in it");
    }
    if (lower(text_member(*object, "token_type")) != "bearer") {
        throw_unexpected(response, issuer, "its \"token_type\" is not Bearer");
    }
    if (const std::string refresh = text_member(*object, "refresh_token"); !refresh.empty()) {
        if (!is_token(refresh)) {
            throw_unexpected(response, issuer, "its \"refresh_token\" is none");
        }
        result.token.refresh_token = Secret{refresh};
    }
    if (object->contains("scope")) {
        const std::string scope = text_member(*object, "scope");
        if (!is_scope_text(scope)) {
            throw_unexpected(response, issuer, "its \"scope\" is none");
        }
        result.token.scopes = parse_scope(scope);
    }
    result.token.issued_at = now;
    result.token.expires_at = end_of(seconds_in(*object, "expires_in"), now, longest_life);
    result.token.refresh_ends =
        end_of(seconds_in(*object, "refresh_token_expires_in"), now, longest_refresh);
    return result;
}

}  // namespace batch::auth
