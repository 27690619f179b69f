#include "core/base/base64.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("base64url has no padding", "[base][base64]") {
    CHECK(base64url("") == "");
    CHECK(base64url("f") == "Zg");
    CHECK(base64url("fo") == "Zm8");
    CHECK(base64url("foo") == "Zm9v");
    CHECK(base64url("\xfb\xff") == "-_8");
}

TEST_CASE("base64url is read back exactly", "[base][base64]") {
    CHECK(from_base64url("Zm9v") == "foo");
    CHECK(from_base64url("-_8") == "\xfb\xff");
    for (const char* text : {"Z", "Zg==", "Zh", "Zm9-!", "+/8", "Zm9v "}) {
        CHECK_FALSE(from_base64url(text));
    }
}
