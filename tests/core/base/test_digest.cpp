#include "core/base/digest.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("SHA-256 gives the digests of FIPS 180-2", "[base][digest]") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a digest of pieces is that of the whole, and starts anew", "[base][digest]") {
    Sha256 digest;
    for (int round = 0; round < 2; ++round) {
        digest.update("a");
        digest.update("");
        digest.update("bc");
        CHECK(digest.hex() == sha256_hex("abc"));
    }
}
