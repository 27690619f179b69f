#include "core/auth/device.hpp"

#include "core/auth/token_response.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/http/client.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds longest_interval{60};
constexpr std::chrono::seconds slower_by{5};  // RFC 8628, section 3.5
constexpr const char* device_grant = "urn:ietf:params:oauth:grant-type:device_code";

std::chrono::seconds device_seconds(const Json& object, const char* member,
                                    std::chrono::seconds otherwise) {
    const auto found = object.find(member);
    const bool is_good = found != object.end() && found->is_number() && found->get<double>() >= 1 &&
                         found->get<double>() <= 86'400;
    return is_good ? std::chrono::seconds{static_cast<long>(found->get<double>())} : otherwise;
}

[[noreturn]] void throw_no_device(const std::string& issuer, const std::string& word) {
    throw Error(
        ErrorKind::config,
        fmt::format("{} does not log in this client on another device ({})", name_of(issuer), word),
        "Google wants a client of the type \"TVs and Limited Input devices\" for it, and "
        "gives it drive.file alone: man batchctl-auth-login");
}

}  // namespace

DeviceCode DeviceLogin::begin(const Scopes& scopes) {
    const Provider& provider = service_.provider_;
    if (provider.device_endpoint.empty()) {
        throw_no_device(provider.issuer, "it has no such way");
    }
    // Google asks for the secret with the token only.
    const http::Response response = service_.post(
        provider.device_endpoint, {{"scope", scope_text(scopes)}}, !provider.is_google());
    if (response.status != 200) {
        const std::string word = error_word(response);
        if (word == "invalid_client" || word == "unauthorized_client" || word == "invalid_scope") {
            throw_no_device(provider.issuer, word);
        }
        throw_refusal(response, provider.issuer);
    }
    const Json object = parse_json(response.body, "the answer");
    const std::string google_uri = text_member(object, "verification_url");
    DeviceCode code{.device_code = Secret{text_member(object, "device_code")},
                    .user_code = clean_word(text_member(object, "user_code")),
                    .verification_uri =
                        google_uri.empty() ? text_member(object, "verification_uri") : google_uri,
                    .expires_at = BootClock::now() + device_seconds(object, "expires_in", 1800s),
                    .interval = device_seconds(object, "interval", 5s)};
    if (code.device_code.empty() || code.user_code.empty()) {
        throw_no_device(provider.issuer, "its answer has no code");
    }
    http::check_url(code.verification_uri, "the address for the code");
    return code;
}

std::optional<AccessToken> DeviceLogin::poll(DeviceCode& code) {
    const http::Response response =
        service_.post(service_.provider_.token_endpoint,
                      {{"grant_type", device_grant}, {"device_code", code.device_code.reveal()}});
    const std::string word = response.status == 200 ? "" : error_word(response);
    if (word == "authorization_pending") {
        return std::nullopt;
    }
    if (word == "slow_down") {
        code.interval = std::min(code.interval + slower_by, longest_interval);
        return std::nullopt;
    }
    if (word == "expired_token") {
        throw Error(ErrorKind::unfinished, "nobody entered the code in time").with_code(word);
    }
    TokenResponse answer = parse_token_response(response, service_.provider_.issuer, now());
    answer.token.identity = service_.identity_in(answer.id_token, "");
    return std::move(answer.token);
}

Millis DeviceLogin::asked_pause() const {
    return service_.client_.asked_pause();
}

}  // namespace batch::auth
