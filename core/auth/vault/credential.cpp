#include "core/auth/vault/credential.hpp"

#include "core/auth/vault/sealing.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::auth {
namespace {

std::string context_of(const Account& account) {
    return fmt::format("batch credential {}\n{}\n{}\n{}\n{}", credential_version, account.name,
                       account.issuer, account.subject, account.client_id);
}

Json to_json(const std::optional<TimePoint>& time) {
    return time ? Json(rfc3339(*time)) : Json(nullptr);
}

Secret text_of_tokens(const Tokens& tokens) {
    const Json object{{"access_token", tokens.access.reveal()},
                      {"expires_at", to_json(tokens.expires_at)},
                      {"issued_at", to_json(tokens.issued_at)},
                      {"refresh_token", tokens.refresh.reveal()},
                      {"client_id", tokens.client.id},
                      {"client_secret", tokens.client.secret.reveal()},
                      {"pending", tokens.pending},
                      {"private_key", tokens.private_key.reveal()},
                      {"key_id", tokens.key_id},
                      {"token_uri", tokens.token_uri},
                      {"on_behalf_of", tokens.on_behalf_of}};
    std::string text = dump(object);
    Secret secret{text};
    cleanse(text);
    return secret;
}

std::optional<TimePoint> sealed_time(const Json& object, const char* member) {
    const std::string text = text_member(object, member);
    return text.empty() ? std::nullopt : std::optional{parse_rfc3339(text)};
}

Tokens tokens_of(const Secret& text) {
    const Json object = parse_json(text.reveal(), "a login");
    return {.access = Secret{text_member(object, "access_token")},
            .expires_at = sealed_time(object, "expires_at"),
            .issued_at = sealed_time(object, "issued_at"),
            .refresh = Secret{text_member(object, "refresh_token")},
            .client = {.id = text_member(object, "client_id"),
                       .secret = Secret{text_member(object, "client_secret")}},
            .pending = text_member(object, "pending"),
            .private_key = Secret{text_member(object, "private_key")},
            .key_id = text_member(object, "key_id"),
            .token_uri = text_member(object, "token_uri"),
            .on_behalf_of = text_member(object, "on_behalf_of")};
}

}  // namespace

std::string record_of(const Credential& credential, const Secret& key) {
    const Account& account = credential.account;
    const Json record{
        {"v", credential_version},
        {"kind", account.kind == AccountKind::login ? "login" : "service_account"},
        {"issuer", account.issuer},
        {"subject", account.subject},
        {"email", account.email},
        {"name", account.full_name},
        {"picture", account.picture},
        {"client_id", account.client_id},
        {"scopes", account.scopes},
        {"status", account.status == AccountStatus::ok ? "ok" : "needs_login"},
        {"reason", account.reason},
        {"granted_at", rfc3339(account.granted_at)},
        {"ended_at", to_json(account.ended_at)},
        {"refresh_ends", to_json(account.refresh_ends)},
        {"renewable", account.is_renewable},
        {"generation", account.generation},
        {"key_from", account.key_from},
        {"key_id", account.key_id},
        {"sealed", seal(key, text_of_tokens(credential.tokens), context_of(account))}};
    return record.dump(1) + "\n";
}

Credential parse_credential(std::string_view record, const std::string& name, const Secret& key) {
    Credential credential{.account = parse_account(record, name)};
    const Json object = parse_json(record, name);
    const auto sealed = object.find("sealed");
    const auto text = sealed != object.end() && sealed->is_string()
                          ? unseal(key, sealed->get<std::string>(), context_of(credential.account))
                          : std::nullopt;
    if (!text) {
        throw Error(ErrorKind::login,
                    fmt::format("the stored login {} is damaged, or its key is another one", name),
                    way_back(credential.account.kind, name))
            .with_code("bad_credential");
    }
    credential.tokens = tokens_of(*text);
    return credential;
}

}  // namespace batch::auth
