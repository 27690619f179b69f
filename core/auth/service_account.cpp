#include "core/auth/service_account.hpp"

#include "core/auth/accounts/scopes.hpp"
#include "core/auth/provider.hpp"
#include "core/auth/rsa.hpp"
#include "core/auth/token_response.hpp"
#include "core/auth/vault/plain_file.hpp"
#include "core/base/base64.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/http/client.hpp"
#include "core/http/timing.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>

namespace batch::auth {
namespace {

constexpr std::size_t longest_key_file = std::size_t{64} << 10U;
constexpr std::chrono::hours assertion_life{1};
constexpr std::array<std::string_view, 3> google_token_uris{
    "https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v4/token"};

[[noreturn]] void refuse_key(
    const std::string& name, const std::string& why,
    const char* hint = "make a key of the type JSON for a service account: man batchctl-auth") {
    throw Error(ErrorKind::config, fmt::format("{}: {}", name, why), hint);
}

void check_type(const std::string& type, const std::string& name) {
    if (type == "service_account") {
        return;
    }
    if (type == "authorized_user") {
        refuse_key(name, "is a login of gcloud, not a service account",
                   "log in here instead: batchctl auth login");
    }
    if (type == "external_account" || type == "impersonated_service_account" ||
        type == "external_account_authorized_user" || type == "gdch_service_account") {
        refuse_key(name, fmt::format("is of the type {}, which can run commands and ask other "
                                     "servers; it is not used",
                                     type));
    }
    refuse_key(name, "is no key of a service account");
}

void check_token_uri(const std::string& uri, const std::string& allowed, const std::string& name) {
    const bool is_known = std::ranges::find(google_token_uris, uri) != google_token_uris.end();
    if (!is_known && (allowed.empty() || uri != allowed)) {
        refuse_key(name, "its \"token_uri\" is not Google's: whoever is there could use the key");
    }
}

std::string part_of(const Json& object) {
    return base64url(dump(object));
}

}  // namespace

ServiceAccountFile read_service_account(const std::filesystem::path& path,
                                        const std::string& allowed) {
    const std::string name = path.native();
    PlainFile file = read_plain_file(path, longest_key_file);
    Json object;
    try {
        object = parse_json(file.text, name);
    } catch (const Error&) {
        refuse_key(name, "is no JSON");
    }
    cleanse(file.text);
    if (!object.is_object()) {
        refuse_key(name, "is no key of a service account");
    }
    check_type(text_member(object, "type"), name);
    ServiceAccountFile result{.email = text_member(object, "client_email"),
                              .tokens = {.private_key = Secret{text_member(object, "private_key")},
                                         .key_id = text_member(object, "private_key_id"),
                                         .token_uri = text_member(object, "token_uri")},
                              .is_open_to_others = file.is_open_to_others};
    check_token_uri(result.tokens.token_uri, allowed, name);
    if (!is_account_name(result.email)) {
        refuse_key(name, "there is no \"client_email\"");
    }
    try {
        static_cast<void>(sign(result.tokens.private_key, "is it a key"));
    } catch (const Error& error) {
        refuse_key(name, error.what());
    }
    return result;
}

std::string assertion_of(const Credential& credential, TimePoint now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const auto end = seconds + std::chrono::seconds{assertion_life}.count();
    const Json header{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", credential.tokens.key_id}};
    Json claims{{"iss", credential.account.email},
                {"scope", scope_text(credential.account.scopes)},
                {"aud", credential.tokens.token_uri},
                {"iat", seconds},
                {"exp", end}};
    if (!credential.tokens.on_behalf_of.empty()) {
        claims["sub"] = credential.tokens.on_behalf_of;
    }
    const std::string text = part_of(header) + "." + part_of(claims);
    return text + "." + base64url(sign(credential.tokens.private_key, text));
}

AccessToken ask_for_service_account(http::Client& client, const Credential& credential) {
    const http::Response response = client.send(
        {.method = http::Method::post,
         .url = credential.tokens.token_uri,
         .headers = {"Content-Type: application/x-www-form-urlencoded"},
         .body = http::form({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                             {"assertion", assertion_of(credential, now())}})});
    try {
        return parse_token_response(response, credential.account.issuer, now()).token;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::login) {
            throw;
        }
        const auto ahead = http::clock_ahead(response, now()).count();
        throw Error(
            ErrorKind::login,
            fmt::format("{} does not accept the key of {} ({})", name_of(credential.account.issuer),
                        credential.account.name, error.code()),
            ahead == 0 ? "is the key still there: batchctl auth service-account add FILE"
                       : fmt::format("your clock is {} s {}: set it, see timedatectl(1)",
                                     std::abs(ahead), ahead > 0 ? "ahead" : "behind"))
            .with_code("login_needed");
    }
}

}  // namespace batch::auth
