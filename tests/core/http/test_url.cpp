#include "core/base/error.hpp"
#include "core/http/client.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("forms are escaped but for unreserved letters", "[http][url]") {
    CHECK(http::form({{"a b", "1&2"}, {"c", "~-._x"}}) == "a%20b=1%262&c=~-._x");
    CHECK(http::percent_encoded("\xc3\xa9\n") == "%C3%A9%0A");
}

TEST_CASE("secrets go over https, or stay on this machine", "[http][url]") {
    for (const char* url : {"https://example.org/x", "http://127.0.0.1:80/", "http://127.9.9.9/",
                            "http://[::1]:8080/a", "http://localhost/"}) {
        CHECK_NOTHROW(http::check_url(url, "it"));
    }
    for (const char* url : {"http://example.org/", "ftp://127.0.0.1/", "http://127.0.0.1.evil.org/",
                            "http://localhost.evil.org/", "http://[::2]/", "nonsense", ""}) {
        CHECK_THROWS_AS(http::check_url(url, "it"), Error);
    }
}

TEST_CASE("the origin is scheme, host and port", "[http][url]") {
    CHECK(http::origin_of("https://a.example:444/b?c#d") == "https://a.example:444");
    CHECK(http::origin_of("http://127.0.0.1:1/upload") !=
          http::origin_of("http://127.0.0.1:2/upload"));
    CHECK(http::origin_of("nonsense:") == "");
}
