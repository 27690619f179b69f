#include "core/auth/vault/credential.hpp"
#include "core/auth/vault/sealing.hpp"
#include "core/base/error.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

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

TEST_CASE("a login that an older version stored has no time at which its token came",
          "[auth][credential]") {
    const Secret key = auth::new_key();
    const TimePoint at = parse_rfc3339("2026-11-22T18:45:21.123Z");
    const auth::Account account{.name = "ada", .issuer = "https://i", .subject = "1"};
    const auto stored = [&](const char* tokens) {
        auto record = nlohmann::json::parse(auth::record_of({.account = account}, key));
        record["sealed"] =
            auth::seal(key, Secret{tokens}, "batch credential 1\nada\nhttps://i\n1\n");
        return auth::parse_credential(record.dump(), "ada", key).tokens;
    };
    const auth::Tokens older =
        stored(R"({"access_token": "at", "expires_at": "2026-11-22T19:45:21Z"})");
    CHECK(older.access.reveal() == "at");
    CHECK(older.expires_at);
    CHECK_FALSE(older.issued_at);
    const std::string record =
        auth::record_of({.account = account, .tokens = {.issued_at = at}}, key);
    CHECK(auth::parse_credential(record, "ada", key).tokens.issued_at == at);
}
