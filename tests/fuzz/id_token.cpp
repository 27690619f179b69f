// What a provider says of who somebody is.  The first line says what the rest is: "claims" or
// "header" of a token that is signed well, a whole "token", or a set of "keys".

#include "core/auth/id_token.hpp"

#include "core/auth/rsa.hpp"
#include "core/auth/vault/credential.hpp"
#include "core/auth/vault/sealing.hpp"
#include "core/base/base64.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/signing_pair.hpp"

#include <algorithm>

namespace batch::fuzz {
namespace {

constexpr std::string_view good_header = R"({"alg":"RS256","kid":"ours","typ":"JWT"})";
constexpr std::string_view good_claims =
    R"({"iss":"https://accounts.google.com","aud":"client","sub":"1000","iat":1800000000,)"
    R"("exp":1800003600,"nonce":"n-0S6","email":"ada@example.org"})";

const auth::IdTokenRules rules{.issuer = "https://accounts.google.com",
                               .client_id = "client",
                               .nonce = "n-0S6",
                               .now = TimePoint{std::chrono::seconds{1'800'000'000}}};

const testing::SigningPair& pair() {
    static const testing::SigningPair ours = testing::new_signing_pair();
    return ours;
}

std::string signed_token(std::string_view header, std::string_view claims) {
    const std::string text = base64url(header) + "." + base64url(claims);
    return text + "." + base64url(auth::sign(pair().hidden, text));
}

/// Who that is can be stored, and read again.
void check(const auth::Identity& identity) {
    expect(identity.issuer == rules.issuer, "it is of our provider");
    expect(!identity.subject.empty() && identity.subject.size() <= 255, "it says who that is");
    static const Secret key = auth::new_key();
    const auth::Account account{.name = "ada@example.org",
                                .issuer = identity.issuer,
                                .subject = identity.subject,
                                .email = identity.email,
                                .full_name = identity.name,
                                .picture = identity.picture};
    const std::string record = auth::record_of({.account = account}, key);
    expect(record.size() < 60'000, "its file is short enough to be read");
    expect(auth::parse_account(record, account.name).full_name == identity.name,
           "a name is read as it was written");
}

bool takes_token(std::string_view token) {
    static_cast<void>(auth::key_id_of(token));
    check(auth::verify_id_token(token, pair().open, rules));
    return true;
}

/// A set is good if one of its keys can be used; which it is not for a token of ours.
bool takes_keys(std::string_view key_set) {
    static const std::string token = signed_token(good_header, good_claims);
    const std::size_t end = token.rfind('.');
    const auto signature = from_base64url(token.substr(end + 1));
    const std::vector<auth::SigningKey> keys = auth::parse_keys(key_set);
    for (const auth::SigningKey& key : keys) {
        expect(!auth::is_signed_by(key, token.substr(0, end), *signature) ||
                   key.modulus == pair().open.modulus,
               "no other key fits a signature");
    }
    return !keys.empty();
}

}  // namespace

bool takes(std::string_view input) {
    const std::string_view kind = take_line(input);
    if (kind == "claims") {
        return takes_token(signed_token(good_header, input));
    }
    if (kind == "header") {
        return takes_token(signed_token(input, good_claims));
    }
    return kind == "keys" ? takes_keys(input) : takes_token(input);
}

}  // namespace batch::fuzz
