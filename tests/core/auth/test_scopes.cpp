#include "core/auth/accounts/scopes.hpp"
#include "core/base/error.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using auth::Scopes;

TEST_CASE("Google's two names of a scope are one", "[auth][scopes]") {
    CHECK(auth::missing_scopes({"email", "profile"},
                               {"https://www.googleapis.com/auth/userinfo.email",
                                "https://www.googleapis.com/auth/userinfo.profile"})
              .empty());
    CHECK(auth::full_scope("drive.file") == "https://www.googleapis.com/auth/drive.file");
    CHECK(auth::short_scope(auth::full_scope("documents")) == "documents");
}

TEST_CASE("all of Drive includes the files of one program", "[auth][scopes]") {
    const Scopes file{auth::full_scope("drive.file")};
    const Scopes all{auth::full_scope("drive")};
    CHECK(auth::missing_scopes(file, all).empty());
    CHECK(auth::missing_scopes(all, file) == all);
    CHECK(auth::missing_scopes(file, {"openid"}) == file);
}

TEST_CASE("a scope has letters that a request can carry", "[auth][scopes]") {
    CHECK_NOTHROW(auth::check_scope("https://www.googleapis.com/auth/drive"));
    for (const char* scope : {"", "a b", "a\nb", "a\"b", "a\\b", "\xc3\xa9"}) {
        CHECK_THROWS_AS(auth::check_scope(scope), Error);
    }
}
