#include "core/auth/provider.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/http/client.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::auth {
namespace {

constexpr std::size_t longest_document = std::size_t{1} << 20U;

[[noreturn]] void refuse_document(const std::string& issuer, const std::string& why) {
    throw Error(ErrorKind::config, fmt::format("{} is no OpenID provider: {}", issuer, why),
                "see what is configured: batchctl config show");
}

Json document_of(http::Client& client, const std::string& issuer) {
    const std::string url =
        issuer + (issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
    const http::Response response = client.send({.url = url, .max_body = longest_document});
    if (response.status >= 500) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{} is in trouble (HTTP {})", name_of(issuer), response.status),
                    "try again in a minute");
    }
    if (response.status != 200) {
        refuse_document(
            issuer, fmt::format("its discovery document is not there (HTTP {})", response.status));
    }
    try {
        return parse_json(response.body, "its discovery document");
    } catch (const Error& error) {
        refuse_document(issuer, error.what());
    }
}

std::string endpoint(const Json& document, const char* member) {
    std::string url = text_member(document, member);
    if (!url.empty()) {
        http::check_url(url, fmt::format("{} of {}", member, text_member(document, "issuer")));
    }
    return url;
}

}  // namespace

Provider google() {
    return {.issuer = std::string{google_issuer},
            .authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth",
            .token_endpoint = "https://oauth2.googleapis.com/token",
            .revocation_endpoint = "https://oauth2.googleapis.com/revoke",
            .userinfo_endpoint = "https://openidconnect.googleapis.com/v1/userinfo",
            .device_endpoint = "https://oauth2.googleapis.com/device/code",
            .jwks_uri = "https://www.googleapis.com/oauth2/v3/certs",
            .sends_issuer = false};
}

Provider discover(http::Client& client, const std::string& issuer) {
    if (issuer == google_issuer) {
        return google();
    }
    http::check_url(issuer, "auth.issuer");
    const Json document = document_of(client, issuer);
    if (!document.is_object() || text_member(document, "issuer") != issuer) {
        refuse_document(issuer, "its discovery document names another issuer");
    }
    Provider provider{.issuer = issuer,
                      .authorization_endpoint = endpoint(document, "authorization_endpoint"),
                      .token_endpoint = endpoint(document, "token_endpoint"),
                      .revocation_endpoint = endpoint(document, "revocation_endpoint"),
                      .userinfo_endpoint = endpoint(document, "userinfo_endpoint"),
                      .device_endpoint = endpoint(document, "device_authorization_endpoint"),
                      .jwks_uri = endpoint(document, "jwks_uri")};
    const auto promises = document.find("authorization_response_iss_parameter_supported");
    provider.sends_issuer =
        promises != document.end() && promises->is_boolean() && promises->get<bool>();
    if (provider.authorization_endpoint.empty() || provider.token_endpoint.empty() ||
        provider.jwks_uri.empty()) {
        refuse_document(issuer, "its discovery document lacks an endpoint");
    }
    return provider;
}

std::string name_of(std::string_view issuer) {
    if (issuer == google_issuer) {
        return "Google";
    }
    const auto scheme = issuer.find("://");
    return std::string{scheme == std::string_view::npos ? issuer : issuer.substr(scheme + 3)};
}

}  // namespace batch::auth
