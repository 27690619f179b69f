// The file of a login: "record" and the file's text, or "tokens" and what is sealed in it.

#include "core/auth/vault/credential.hpp"

#include "core/auth/vault/sealing.hpp"
#include "core/base/base64.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "tests/fuzz/target.hpp"

#include <nlohmann/json.hpp>

namespace batch::fuzz {
namespace {

const std::string name = "ada@example.org";
const Secret key{std::string(auth::key_size, 'k')};

/// As core/auth/credential.cpp binds the tokens to their account.
constexpr std::string_view context =
    "batch credential 1\nada@example.org\nhttps://accounts.google.com\n1000\nclient";

bool is_same(const auth::Credential& left, const auth::Credential& right) {
    return left.account.subject == right.account.subject &&
           left.account.scopes == right.account.scopes &&
           left.account.status == right.account.status &&
           left.account.generation == right.account.generation &&
           left.tokens.refresh == right.tokens.refresh &&
           left.tokens.expires_at == right.tokens.expires_at &&
           left.tokens.issued_at == right.tokens.issued_at &&
           left.tokens.private_key == right.tokens.private_key;
}

/// What is read can be written, and read again.
void check_round(const auth::Credential& credential) {
    const std::string record = auth::record_of(credential, key);
    expect(is_same(auth::parse_credential(record, name, key), credential),
           "a record is read as it was written");
    expect(auth::parse_account(record, name).issuer == credential.account.issuer,
           "its open part too");
}

bool takes_record(std::string_view text) {
    const auth::Account account = auth::parse_account(text, name);
    expect(account.name == name, "the name is that of the file");
    check_round({.account = account, .tokens = {.refresh = Secret{"1//refresh"}}});
    static_cast<void>(auth::parse_credential(text, name, key));
    return true;
}

bool takes_tokens(std::string_view text) {
    const Json record{{"v", 1},
                      {"issuer", "https://accounts.google.com"},
                      {"subject", "1000"},
                      {"client_id", "client"},
                      {"status", "ok"},
                      {"sealed", auth::seal(key, Secret{std::string{text}}, context)}};
    try {
        check_round(auth::parse_credential(dump(record), name, key));
        return true;
    } catch (const Error& error) {
        expect(error.code() != "bad_credential", "what was sealed is opened");
        throw;
    }
}

}  // namespace

bool takes(std::string_view input) {
    const std::string_view kind = take_line(input);
    return kind == "tokens" ? takes_tokens(input) : takes_record(input);
}

}  // namespace batch::fuzz
