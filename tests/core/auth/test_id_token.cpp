#include "core/auth/id_token.hpp"
#include "core/auth/rsa.hpp"
#include "core/base/base64.hpp"
#include "core/base/error.hpp"
#include "tests/support/signing_pair.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

using namespace batch;

namespace {

std::string token_of(const testing::SigningPair& pair, const std::string& issuer) {
    const std::string claims = fmt::format(
        R"({{"iss":"{}","aud":"client","sub":"1000","iat":1800000000,"exp":1800003600}})", issuer);
    const std::string text =
        base64url(R"({"alg":"RS256","kid":"ours","typ":"JWT"})") + "." + base64url(claims);
    return text + "." + base64url(auth::sign(pair.hidden, text));
}

}  // namespace

TEST_CASE("oauth-H07: Google leaves the scheme of its issuer away at times, and nobody else may",
          "[auth][id_token]") {
    const testing::SigningPair pair = testing::new_signing_pair();
    const auto is_accepted = [&pair](const std::string& said, const std::string& expected) {
        try {
            auth::verify_id_token(token_of(pair, said), pair.open,
                                  {.issuer = expected,
                                   .client_id = "client",
                                   .now = TimePoint{std::chrono::seconds{1'800'000'060}}});
            return true;
        } catch (const Error& error) {
            CHECK(error.code() == "bad_id_token");
            return false;
        }
    };
    CHECK(is_accepted("https://accounts.google.com", "https://accounts.google.com"));
    CHECK(is_accepted("accounts.google.com", "https://accounts.google.com"));
    CHECK_FALSE(is_accepted("http://accounts.google.com", "https://accounts.google.com"));
    CHECK_FALSE(is_accepted("https://accounts.google.com/", "https://accounts.google.com"));
    CHECK_FALSE(is_accepted("accounts.google.com.evil.example", "https://accounts.google.com"));
    CHECK(is_accepted("https://id.example", "https://id.example"));
    CHECK_FALSE(is_accepted("id.example", "https://id.example"));
}
