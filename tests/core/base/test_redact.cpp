#include "core/base/redact.hpp"

#include <catch2/catch.hpp>

#include <string>

using batch::redact;
using batch::without;

TEST_CASE("headers that carry secrets are shown without them", "[base][redact]") {
    CHECK(redact("GET / HTTP/1.1\r\nAuthorization: Bearer ya29.x\r\nHost: a\r\n") ==
          "GET / HTTP/1.1\r\nAuthorization: ***\r\nHost: a\r\n");
    CHECK(redact("* h2h3 [authorization: Bearer ya29.x]\n") == "* h2h3 [authorization: ***\n");
    CHECK(redact("it said Bearer ya29.x, twice") == "it said Bearer ***, twice");
    CHECK(redact("< set-cookie: a=b; c=d\r\n") == "< set-cookie: ***\r\n");
    CHECK(redact("Proxy-Authorization: Basic eDp5\r\n") == "Proxy-Authorization: ***\r\n");
}

TEST_CASE("fields of forms and queries are shown without their secrets", "[base][redact]") {
    CHECK(redact("grant_type=refresh_token&refresh_token=1//x&client_secret=s") ==
          "grant_type=refresh_token&refresh_token=***&client_secret=***");
    CHECK(redact("GET /callback?code=4/0A&state=abc&scope=email HTTP/1.1") ==
          "GET /callback?code=***&state=***&scope=email HTTP/1.1");
}

TEST_CASE("members of JSON are shown without their secrets", "[base][redact]") {
    CHECK(redact(R"({"access_token" : "a\"b", "expires_in": 3599, "id_token":"x.y.z"})") ==
          R"({"access_token" : "***", "expires_in": 3599, "id_token":"***"})");
}

TEST_CASE("passwords in addresses are not shown", "[base][redact]") {
    CHECK(redact("via http://user:pw@proxy:3128/ and https://plain/x") ==
          "via http://***@proxy:3128/ and https://plain/x");
}

TEST_CASE("a secret that is known is taken out wherever it stands", "[base][redact]") {
    CHECK(without("ya29.x is odd: \"ya29.x\"", batch::Secret{"ya29.x"}) == "*** is odd: \"***\"");
    CHECK(without("as it is", batch::Secret{""}) == "as it is");
}

TEST_CASE("long texts are read once", "[base][redact]") {
    for (const std::string part : {"://", "://a", "x://@", "token=", "\"code\" ", "cookie:"}) {
        std::string text;
        while (text.size() < std::size_t{4} << 20U) {
            text += part;
        }
        CHECK_FALSE(redact(text).empty());  // within the time of a test
    }
}

TEST_CASE("words that only look alike stay", "[base][redact]") {
    CHECK(redact("error code 7, decode=1, the token is good") ==
          "error code 7, decode=1, the token is good");
    CHECK(redact("") == "");
}
