#include "cli/token_at_hand.hpp"

#include "cli/output/out.hpp"
#include "cli/report.hpp"
#include "core/auth/accounts/token_variable.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/os/private_memory.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace batch::cli {
namespace {

std::optional<auth::LiveToken> token_of_vault(const Config& config, const TokenOptions& options) {
    const auto folder = auth::credentials_folder(config.folders.state);
    const std::string& named =
        options.account.empty() ? config.settings.auth.account : options.account;
    const auto name = named.empty() ? auth::current_account(folder) : std::optional{named};
    const auto account = name ? auth::read_account(folder, *name) : std::nullopt;
    if (!account || account->key_from == "secret-service") {
        return std::nullopt;  // a keyring that is slow is asked once, by batchctl-auth
    }
    const auto credential = open_vault(config).find(*name);
    const bool is_good = credential && credential->account.status == auth::AccountStatus::ok;
    return is_good ? auth::good_token(*credential, min_life_of(options), now()) : std::nullopt;
}

}  // namespace

auth::Vault open_vault(const Config& config) {
    const auto folder = auth::credentials_folder(config.folders.state);
    return {folder, auth::Keys{folder, config.settings.auth.key, process_environment()}};
}

Millis min_life_of(const TokenOptions& options) {
    return options.min_life.empty() ? auth::usual_life
                                    : parse_duration(options.min_life, "--min-life");
}

void print_token(Context& context, const auth::LiveToken& token) {
    if (!context.globals().json) {
        put(token.token.reveal() + "\n");
        return;
    }
    put(dump(Json{{"v", 1},
                  {"account", token.account},
                  {"access_token", token.token.reveal()},
                  {"expires_at", token.expires_at ? Json(rfc3339(*token.expires_at)) : Json()},
                  {"scopes", token.scopes}}) +
        "\n");
}

bool print_token_at_hand(Context& context, const TokenOptions& options) {
    if (!auth::token_variable(process_environment()).empty() || context.globals().verbose) {
        return false;
    }
    keep_memory_private();
    try {
        const Config& config = context.quiet_config();
        const auto token = token_of_vault(config, options);
        if (!token) {
            return false;
        }
        for (const std::string& warning : config.warnings) {
            warn(warning);
        }
        print_token(context, *token);
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace batch::cli
