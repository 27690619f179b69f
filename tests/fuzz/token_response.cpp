// An answer of the token endpoint: a line with status and type of content, then the body.

#include "core/auth/token_response.hpp"

#include "core/base/error.hpp"
#include "core/http/client.hpp"
#include "tests/fuzz/target.hpp"

#include <charconv>

namespace batch::fuzz {
namespace {

constexpr TimePoint at{std::chrono::hours{500'000}};
const std::string issuer = "https://accounts.google.com";

http::Response response_of(std::string_view input) {
    const std::string_view line = take_line(input);
    http::Response response{.body = std::string{input}};
    const auto end =
        std::from_chars(line.data(), line.data() + line.size(), response.status).ptr - line.data();
    const std::string_view type = line.substr(static_cast<std::size_t>(end));
    response.headers["content-type"] =
        type.substr(std::min(type.size(), type.find_first_not_of(' ')));
    return response;
}

bool is_sendable(const Secret& token) {
    const std::string& text = token.reveal();
    return !text.empty() && text.size() <= auth::longest_token && is_printable(text) &&
           text.find(' ') == std::string::npos;
}

void check(const auth::AccessToken& token) {
    expect(is_sendable(token.token), "an access token can be sent");
    expect(!token.refresh_token || is_sendable(*token.refresh_token), "a refresh token too");
    for (const std::string& scope : token.scopes.value_or(std::vector<std::string>{})) {
        expect(!scope.empty() && is_printable(scope), "a scope can be shown");
    }
    expect(token.issued_at == at, "it came when it came");
    expect(!token.expires_at ||
               (*token.expires_at >= at && *token.expires_at <= at + std::chrono::hours{24}),
           "it ends within a day");
    expect(!token.refresh_ends || (*token.refresh_ends >= at &&
                                   *token.refresh_ends <= at + std::chrono::hours{24 * 366}),
           "the login ends within a year");
}

}  // namespace

bool takes(std::string_view input) {
    const http::Response response = response_of(input);
    const std::string word = auth::error_word(response);
    expect(word.size() <= 64 && is_printable(word), "an error is a short word");
    try {
        check(auth::parse_token_response(response, issuer, at).token);
        return true;
    } catch (const Error& error) {
        const std::string_view what = error.what();
        expect(what.size() < 400 && is_printable(what), "a message can be shown");
        expect(is_printable(error.code()), "and so can its code");
        throw;
    }
}

}  // namespace batch::fuzz
