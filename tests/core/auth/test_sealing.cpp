#include "core/auth/vault/credential.hpp"
#include "core/auth/vault/sealing.hpp"
#include "core/base/error.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("what is sealed comes back with the same key and context alone", "[auth][sealing]") {
    const Secret key = auth::new_key();
    const std::string sealed = auth::seal(key, Secret{"a token"}, "ada");
    CHECK(sealed.find("token") == std::string::npos);
    CHECK(auth::unseal(key, sealed, "ada")->reveal() == "a token");
    CHECK_FALSE(auth::unseal(key, sealed, "bob"));
    CHECK_FALSE(auth::unseal(auth::new_key(), sealed, "ada"));
    CHECK(auth::seal(key, Secret{"a token"}, "ada") != sealed);
}

TEST_CASE("a sealed text that was changed anywhere is refused", "[auth][sealing]") {
    const Secret key = auth::new_key();
    const std::string sealed = auth::seal(key, Secret{"x"}, "");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string other = sealed;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        CHECK_FALSE(auth::unseal(key, other, ""));
        CHECK_FALSE(auth::unseal(key, sealed.substr(0, i), ""));
    }
}

TEST_CASE("a login is bound to its account", "[auth][credential]") {
    const Secret key = auth::new_key();
    const auth::Credential credential{
        .account = {.name = "ada", .issuer = "https://i", .subject = "1", .scopes = {"email"}},
        .tokens = {.access = Secret{"at"}, .refresh = Secret{"rt"}}};
    const std::string record = auth::record_of(credential, key);
    CHECK(record.find("\"rt\"") == std::string::npos);
    CHECK(auth::parse_credential(record, "ada", key).tokens.refresh.reveal() == "rt");
    CHECK(auth::parse_account(record, "ada").scopes == std::vector<std::string>{"email"});
    CHECK_THROWS_AS(auth::parse_credential(record, "bob", key), Error);
    std::string other = record;
    other.replace(other.find("\"1\""), 3, "\"2\"");
    CHECK_THROWS_AS(auth::parse_credential(other, "ada", key), Error);
}

TEST_CASE("a record of a newer version is refused", "[auth][credential]") {
    CHECK_THROWS_WITH(auth::parse_account(R"({"v":2})", "ada"),
                      "the stored login ada is of a newer batchctl");
}
