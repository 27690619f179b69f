#include "core/auth/challenge.hpp"
#include "core/base/base64.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace batch;

TEST_CASE("the challenge is that of RFC 7636, appendix B", "[auth][challenge]") {
    CHECK(auth::s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") ==
          "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("no login is known by the same texts as another", "[auth][challenge]") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auth::Challenge challenge;
        for (const std::string& text :
             {challenge.state, challenge.nonce, challenge.verifier.reveal()}) {
            CHECK(text.size() == 43);
            CHECK(from_base64url(text)->size() == 32);
            CHECK(seen.insert(text).second);
        }
    }
}
