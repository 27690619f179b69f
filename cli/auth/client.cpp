#include "cli/auth/client.hpp"

#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/folders.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

auth::ClientKey of_file(const std::filesystem::path& path) {
    auth::ClientFile file = auth::read_client_file(path);
    if (file.is_open_to_others) {
        warn(fmt::format("others may read {}", path.native()),
             "take that away: chmod 600 " + shell_word(path.native()));
    }
    return std::move(file.key);
}

/// That of a login which is there already.
std::optional<auth::ClientKey> of_login(Logins& logins, const std::string& name) {
    try {
        const auto credential = logins.vault().find(name);
        if (!credential || credential->tokens.client.id.empty()) {
            return std::nullopt;
        }
        return credential->tokens.client;
    } catch (const Error&) {
        return std::nullopt;  // what is wrong with it is mended by the login to come
    }
}

}  // namespace

auth::ClientKey find_client(Context& context, Logins& logins, const LoginOptions& options) {
    if (!options.client_file.empty()) {
        return of_file(expand_home(options.client_file, context.config().folders.home));
    }
    if (context.settings().auth.client_file) {
        return of_file(*context.settings().auth.client_file);
    }
    if (auto client = of_login(logins, options.account)) {
        return *client;
    }
    if (auto client = of_login(logins, auth::current_account(logins.folder()).value_or(""))) {
        return *client;
    }
    throw Error(
        ErrorKind::config,
        "a login needs a client, which Google's console makes in five minutes, and there is "
        "none",
        "how to make one: man batchctl-auth-login; then: batchctl auth login --client-file F");
}

}  // namespace batch::cli
