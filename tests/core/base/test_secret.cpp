#include "core/base/secret.hpp"

#include <catch2/catch.hpp>

#include <utility>

using namespace batch;

TEST_CASE("a secret that was moved is left empty", "[base][secret]") {
    Secret one{"short"};
    const Secret two{std::move(one)};
    CHECK(one.empty());  // NOLINT(bugprone-use-after-move): that is the point
    CHECK(two.reveal() == "short");
    Secret three;
    three = two;
    CHECK(three == two);
    CHECK_FALSE(three == Secret{"shorT"});
    CHECK_FALSE(three == Secret{"shor"});
}

TEST_CASE("what is cleansed is gone from its memory", "[base][secret]") {
    std::string text = "a text that is longer than any that lies in the object";
    const char* const bytes = text.data();
    const std::size_t size = text.size();
    cleanse(text);
    CHECK(text.empty());
    CHECK(std::string_view(bytes, size).find('a') == std::string_view::npos);
}
