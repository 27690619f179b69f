#include "core/auth/id_token.hpp"

#include "core/auth/provider.hpp"
#include "core/auth/rsa.hpp"
#include "core/base/base64.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/base/utf8.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace batch::auth {
namespace {

constexpr std::size_t longest_id_token = std::size_t{16} << 10U;
constexpr std::size_t longest_profile = 512;

[[noreturn]] void refuse_id_token(const std::string& why) {
    throw Error(ErrorKind::login,
                fmt::format("the provider's statement who that is cannot be trusted: {}", why),
                "again; if it stays so, something between you and the provider is wrong")
        .with_code("bad_id_token");
}

/// Header, payload and signature as they stand in the token.
std::array<std::string_view, 3> parts_of(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (token.size() > longest_id_token || second == std::string_view::npos ||
        token.find('.', second + 1) != std::string_view::npos) {
        refuse_id_token("it is no signed token");
    }
    return {token.substr(0, first), token.substr(first + 1, second - first - 1),
            token.substr(second + 1)};
}

Json object_of(std::string_view part) {
    const auto text = from_base64url(part);
    if (text) {
        try {
            Json object = parse_json(*text, "it");
            if (object.is_object()) {
                return object;
            }
        } catch (const Error&) {
            refuse_id_token("it is no JSON");
        }
    }
    refuse_id_token("it is no JSON object");
}

/// Google's tokens name their issuer with and without "https://".
bool is_issuer(const std::string& said, const std::string& expected) {
    return said == expected || (expected == google_issuer && said == "accounts.google.com");
}

bool is_for(const Json& audience, const std::string& client_id) {
    if (audience.is_string()) {
        return audience == client_id;
    }
    return audience.is_array() && std::ranges::find(audience, Json(client_id)) != audience.end();
}

void check_audience(const Json& claims, const IdTokenRules& rules) {
    const Json audience = claims.value("aud", Json());
    if (!is_for(audience, rules.client_id)) {
        refuse_id_token("it is for another client (aud)");
    }
    const std::string party = text_member(claims, "azp");
    if ((!party.empty() || (audience.is_array() && audience.size() > 1)) &&
        party != rules.client_id) {
        refuse_id_token("it was given to another client (azp)");
    }
}

TimePoint time_in(const Json& claims, const char* name) {
    const auto found = claims.find(name);
    constexpr double last = 4e9;  // the year 2096
    if (found == claims.end() || !found->is_number() || found->get<double>() < 0 ||
        found->get<double>() > last) {
        refuse_id_token(fmt::format("it has no time \"{}\"", name));
    }
    return TimePoint{Millis{static_cast<std::int64_t>(found->get<double>() * 1000)}};
}

void check_times(const Json& claims, TimePoint now) {
    if (time_in(claims, "exp") + clock_leeway <= now) {
        refuse_id_token("it has expired; is the time here right?");
    }
    if (const auto issued = time_in(claims, "iat"); issued > now + clock_leeway) {
        const auto ahead = std::chrono::ceil<std::chrono::seconds>(issued - now);
        refuse_id_token(
            fmt::format("it is of the future; your clock is {} s behind", ahead.count()));
    }
}

std::string profile_claim(const Json& claims, const char* name) {
    return profile_text(text_member(claims, name));
}

}  // namespace

std::vector<SigningKey> parse_keys(std::string_view key_set) {
    const auto refuse = [] {
        throw Error(ErrorKind::unavailable, "the provider's keys cannot be read",
                    "try again in a minute")
            .with_code("unexpected_response");
    };
    Json document;
    try {
        document = parse_json(key_set, "the key set");
    } catch (const Error&) {
        refuse();
    }
    if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
        refuse();
    }
    std::vector<SigningKey> keys;
    for (const Json& key : document["keys"]) {
        if (!key.is_object() || text_member(key, "kty") != "RSA" ||
            (key.contains("use") && text_member(key, "use") != "sig")) {
            continue;
        }
        const auto modulus = from_base64url(text_member(key, "n"));
        const auto exponent = from_base64url(text_member(key, "e"));
        if (modulus && exponent) {
            keys.push_back(
                {.id = text_member(key, "kid"), .modulus = *modulus, .exponent = *exponent});
        }
    }
    return keys;
}

std::string key_id_of(std::string_view id_token) {
    const Json header = object_of(parts_of(id_token)[0]);
    if (text_member(header, "alg") != "RS256") {
        refuse_id_token("it is not signed in RS256");
    }
    if (header.contains("crit")) {
        refuse_id_token("it has demands that are not known here (crit)");
    }
    return text_member(header, "kid");
}

Identity verify_id_token(std::string_view id_token, const SigningKey& key,
                         const IdTokenRules& rules) {
    static_cast<void>(key_id_of(id_token));
    const auto parts = parts_of(id_token);
    const auto signature = from_base64url(parts[2]);
    const std::string_view signed_text = id_token.substr(0, parts[0].size() + 1 + parts[1].size());
    if (!signature || !is_signed_by(key, signed_text, *signature)) {
        refuse_id_token("its signature is wrong");
    }
    const Json claims = object_of(parts[1]);
    if (!is_issuer(text_member(claims, "iss"), rules.issuer)) {
        refuse_id_token("it is of another issuer (iss)");
    }
    check_audience(claims, rules);
    check_times(claims, rules.now);
    if (text_member(claims, "nonce") != rules.nonce) {
        refuse_id_token("it is of another login (nonce)");
    }
    const std::string subject = text_member(claims, "sub");
    if (subject.empty() || subject.size() > 255) {
        refuse_id_token("it does not say who that is (sub)");
    }
    return {.issuer = rules.issuer,
            .subject = subject,
            .email = profile_claim(claims, "email"),
            .name = profile_claim(claims, "name"),
            .picture = profile_claim(claims, "picture")};
}

std::string profile_text(std::string_view text) {
    return std::string{front_bytes(text, longest_profile)};
}

}  // namespace batch::auth
