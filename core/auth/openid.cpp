#include "core/auth/openid.hpp"

#include "core/auth/accounts/scopes.hpp"
#include "core/auth/token_response.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/http/client.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace batch::auth {

using Fields = std::vector<std::pair<std::string, std::string>>;

namespace {

/// Google wants one of every client, and its word for a missing one explains nothing.
void refuse_without_secret(const http::Response& response, const std::string& issuer) {
    if (error_word(response) == "invalid_request" &&
        response.body.find("client_secret") != std::string::npos) {
        throw Error(ErrorKind::config,
                    fmt::format("{} wants the client's secret, and there is none", name_of(issuer)),
                    "the client file has it as \"client_secret\": man batchctl-auth-login")
            .with_code("client_secret_missing");
    }
}

}  // namespace

OpenIdService::OpenIdService(http::Client& client, Provider provider, ClientKey key)
    : client_{client}, provider_{std::move(provider)}, key_{std::move(key)} {}

std::string OpenIdService::authorization_url(const AuthorizationOptions& options) const {
    Fields fields{{"client_id", key_.id},
                  {"redirect_uri", options.redirect_uri},
                  {"response_type", "code"},
                  {"scope", scope_text(options.scopes)},
                  {"state", options.state},
                  {"code_challenge", options.code_challenge},
                  {"code_challenge_method", "S256"},
                  {"access_type", "offline"},
                  {"prompt", "consent"}};
    if (!options.nonce.empty()) {
        fields.emplace_back("nonce", options.nonce);
    }
    if (!options.login_hint.empty()) {
        fields.emplace_back("login_hint", options.login_hint);
    }
    const std::string& base = provider_.authorization_endpoint;
    return base + (base.find('?') == std::string::npos ? "?" : "&") + http::form(fields);
}

http::Response OpenIdService::post(const std::string& url, Fields fields, bool with_secret) {
    fields.emplace_back("client_id", key_.id);
    if (with_secret && !key_.secret.empty()) {
        fields.emplace_back("client_secret", key_.secret.reveal());
    }
    http::Request request{
        .method = http::Method::post,
        .url = url,
        .headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"},
        .body = http::form(fields)};
    for (auto& [name, value] : fields) {
        cleanse(value);
    }
    http::Response response = client_.send(request);
    cleanse(request.body);
    if (key_.secret.empty()) {
        refuse_without_secret(response, provider_.issuer);
    }
    return response;
}

AccessToken OpenIdService::exchange_code(const CodeExchange& exchange) {
    if (keys_.empty()) {
        fetch_keys();  // first: if they cannot be had, nothing is granted that nobody keeps
    }
    const http::Response response =
        post(provider_.token_endpoint, {{"grant_type", "authorization_code"},
                                        {"code", exchange.code.reveal()},
                                        {"redirect_uri", exchange.redirect_uri},
                                        {"code_verifier", exchange.code_verifier.reveal()}});
    TokenResponse answer = parse_token_response(response, provider_.issuer, now());
    if (answer.id_token.empty()) {
        throw Error(ErrorKind::login,
                    fmt::format("{} did not say who that is", name_of(provider_.issuer)),
                    "the scope openid is needed, and a provider that knows it")
            .with_code("bad_id_token");
    }
    answer.token.identity = identity_in(answer.id_token, exchange.nonce);
    return std::move(answer.token);
}

AccessToken OpenIdService::refresh(const Secret& refresh_token) {
    const http::Response response =
        post(provider_.token_endpoint,
             {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token.reveal()}});
    return parse_token_response(response, provider_.issuer, now()).token;
}

void OpenIdService::revoke(const Secret& token) {
    if (provider_.revocation_endpoint.empty()) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{} has no way to end a login", name_of(provider_.issuer)));
    }
    const http::Response response =
        provider_.is_google()
            ? client_.send({.method = http::Method::post,
                            .url = provider_.revocation_endpoint,
                            .headers = {"Content-Type: application/x-www-form-urlencoded"},
                            .body = http::form({{"token", token.reveal()}})})
            : post(provider_.revocation_endpoint, {{"token", token.reveal()}});
    if (response.status == 200 || error_word(response) == "invalid_token") {
        return;
    }
    throw_refusal(response, provider_.issuer);
}

Identity OpenIdService::complete(const Identity& identity, const Secret& access_token) {
    if (provider_.userinfo_endpoint.empty() ||
        (!identity.email.empty() && !identity.name.empty())) {
        return identity;
    }
    Json about;
    try {
        const http::Response response =
            client_.send({.url = provider_.userinfo_endpoint,
                          .headers = {"Authorization: Bearer " + access_token.reveal()}});
        about = response.status == 200 ? parse_json(response.body, "userinfo") : Json();
    } catch (const Error&) {
        return identity;  // it only makes a nicer name; so too when a signal has come meanwhile
    }
    if (!about.is_object()) {
        return identity;
    }
    const auto text = [&about](const char* name, const std::string& otherwise) {
        const auto found = about.find(name);
        return found != about.end() && found->is_string()
                   ? profile_text(found->get_ref<const std::string&>())
                   : otherwise;
    };
    if (text("sub", "") != identity.subject) {
        throw Error(ErrorKind::login,
                    "the provider speaks of two accounts at once; nothing was stored", "again")
            .with_code("bad_userinfo");
    }
    return {.issuer = identity.issuer,
            .subject = identity.subject,
            .email = text("email", identity.email),
            .name = text("name", identity.name),
            .picture = text("picture", identity.picture)};
}

Identity OpenIdService::identity_in(const std::string& id_token, const std::string& nonce) {
    const std::string id = key_id_of(id_token);
    std::optional<SigningKey> key = find_key(id);
    if (!key) {
        fetch_keys();  // they change; once is enough
        key = find_key(id);
    }
    if (!key) {
        throw Error(ErrorKind::login,
                    "the provider's statement who that is cannot be trusted: its key is not known",
                    "again")
            .with_code("bad_id_token");
    }
    return verify_id_token(
        id_token, *key,
        {.issuer = provider_.issuer, .client_id = key_.id, .nonce = nonce, .now = now()});
}

std::optional<SigningKey> OpenIdService::find_key(const std::string& id) {
    const auto found = std::ranges::find(keys_, id, &SigningKey::id);
    return found == keys_.end() ? std::nullopt : std::optional{*found};
}

void OpenIdService::fetch_keys() {
    const http::Response response = client_.send({.url = provider_.jwks_uri});
    if (response.status != 200) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("the keys of {} cannot be had (HTTP {})", name_of(provider_.issuer),
                                response.status),
                    "try again in a minute");
    }
    keys_ = parse_keys(response.body);
}

}  // namespace batch::auth
