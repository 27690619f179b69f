#include "core/auth/access.hpp"

#include "core/auth/accounts/scopes.hpp"
#include "core/auth/provider.hpp"
#include "core/auth/service_account.hpp"
#include "core/auth/token_response.hpp"
#include "core/auth/vault/plain_file.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace batch::auth {
namespace {

/// What the user has set: batchd keeps the variable's token in a file of its own (proc(5)).
std::string source_of(std::string_view path) {
    return path.starts_with("/proc/") ? std::string{"BATCH_ACCESS_TOKEN"}
                                      : fmt::format("BATCH_ACCESS_TOKEN_FILE ({})", path);
}

PlainFile token_file(std::string_view path) {
    try {
        return read_plain_file(std::filesystem::path{path}, longest_token + 2);
    } catch (const Error& error) {
        throw Error(ErrorKind::config, fmt::format("BATCH_ACCESS_TOKEN_FILE: {}", error.what()),
                    "it names a file with the token in one line");
    }
}

LiveToken checked(std::string token, std::string_view where) {
    const bool is_good =
        !token.empty() && token.size() <= longest_token &&
        std::ranges::all_of(token, [](char letter) { return letter > ' ' && letter <= '~'; });
    if (!is_good) {
        throw Error(ErrorKind::config, fmt::format("there is no access token in {}", where),
                    "one line of letters, digits and signs");
    }
    LiveToken live{.token = Secret{token}, .account = std::string{where}};
    cleanse(token);
    return live;
}

}  // namespace

std::optional<LiveToken> token_of_environment(const Environment& environment) {
    if (const auto path = value_of(environment, "BATCH_ACCESS_TOKEN_FILE"); !path.empty()) {
        PlainFile file = token_file(path);
        LiveToken live = checked(std::string{trim(file.text)}, source_of(path));
        cleanse(file.text);
        return live;
    }
    if (const auto token = value_of(environment, "BATCH_ACCESS_TOKEN"); !token.empty()) {
        return checked(std::string{token}, "BATCH_ACCESS_TOKEN");
    }
    return std::nullopt;
}

std::optional<Credential> credential_of_environment(const Environment& environment) {
    const auto path = value_of(environment, "GOOGLE_APPLICATION_CREDENTIALS");
    if (path.empty()) {
        return std::nullopt;
    }
    ServiceAccountFile file = read_service_account(std::filesystem::path{path});
    return Credential{.account = {.kind = AccountKind::service_account,
                                  .name = file.email,
                                  .issuer = std::string{google_issuer},
                                  .subject = file.email,
                                  .email = file.email,
                                  .scopes = {full_scope("drive")}},
                      .tokens = std::move(file.tokens)};
}

}  // namespace batch::auth
