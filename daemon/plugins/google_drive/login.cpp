#include "daemon/plugins/google_drive/login.hpp"

#include "core/auth/access.hpp"
#include "core/auth/service_account.hpp"
#include "core/base/error.hpp"

#include <fmt/core.h>

namespace batch::drive {
namespace {

constexpr std::chrono::minutes least_life{1};

auth::Vault vault_of(const Options& options) {
    return {options.credentials,
            auth::Keys{options.credentials, KeySource::automatic, process_environment()}};
}

[[noreturn]] void throw_refused(const std::string& where) {
    throw Error(
        ErrorKind::login, fmt::format("Drive does not accept the access token in {}", where),
        where == "BATCH_ACCESS_TOKEN" ? "start batchd with a new one" : "put a new one there")
        .with_code("login_needed");
}

}  // namespace

Login::Login(const Options& options, http::Client& client)
    : account_{options.account},
      subject_{options.subject},
      client_{client},
      vault_{vault_of(options)},
      keeper_{vault_, client_} {}

Secret Login::token(const std::optional<Secret>& refused) {
    Secret token = find_token(refused);
    if (dead_ && token == *dead_) {
        throw_ended();
    }
    return token;
}

void Login::end(const Secret& token) {
    dead_ = token;
    throw_ended();
}

Secret Login::find_token(const std::optional<Secret>& refused) {
    if (auto token = auth::token_of_environment(process_environment())) {
        if (refused && token->token == *refused) {
            throw_refused(token->account);
        }
        return token->token;
    }
    return account_.empty()
               ? token_of_key(refused)
               : keeper_.token({.account = account_, .subject = subject_, .refused = refused})
                     .token;
}

Secret Login::token_of_key(const std::optional<Secret>& refused) {
    const bool is_good = of_key_ && !(refused && of_key_->token == *refused) &&
                         (!of_key_->expires_at || *of_key_->expires_at > now() + least_life);
    if (is_good) {
        return of_key_->token;
    }
    const auto credential = auth::credential_of_environment(process_environment());
    if (!credential) {
        throw Error(ErrorKind::login, "batchd has no access token, and the batch names no login",
                    "start batchd with BATCH_ACCESS_TOKEN_FILE")
            .with_code("login_needed");
    }
    const auth::AccessToken token = auth::ask_for_service_account(client_, *credential);
    of_key_ = {.token = token.token, .expires_at = token.expires_at};
    return token.token;
}

void Login::throw_ended() {
    if (auto token = auth::token_of_environment(process_environment())) {
        throw_refused(token->account);
    }
    if (const auto account =
            account_.empty() ? std::nullopt : auth::read_account(vault_.folder(), account_)) {
        auth::throw_ended(*account);
    }
    throw Error(ErrorKind::login, "Drive does not accept the service account's token",
                "is its key still there, see batchctl-auth(1)")
        .with_code("login_needed");
}

}  // namespace batch::drive
