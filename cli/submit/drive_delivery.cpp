#include "cli/submit/drive_delivery.hpp"

#include "core/auth/accounts/account.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/accounts/token_variable.hpp"
#include "core/base/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::cli {
namespace {

constexpr std::string_view drive_scheme = "drive:";
constexpr const char* log_in = "log in: batchctl auth login";

/// The id of "drive:ID", or of the folder's address as a browser shows it.
std::string folder_id(const std::string& target) {
    constexpr std::string_view before_id = "/folders/";
    std::string id = target.substr(drive_scheme.size());
    if (const auto place = id.rfind(before_id); place != std::string::npos) {
        id = id.substr(place + before_id.size());
        id = id.substr(0, id.find_first_of("/?#"));
    }
    const bool is_good = !id.empty() && std::ranges::all_of(id, [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    });
    if (!is_good) {
        throw Error(ErrorKind::usage,
                    fmt::format("\"{}\" is no id of a folder in Drive; nothing was stored", id),
                    "it is the end of the folder's address in the browser: -d drive:1AbC");
    }
    return id;
}

[[noreturn]] void throw_no_login() {
    throw Error(ErrorKind::login,
                "delivering to Drive needs a Google login, and there is none; nothing was stored",
                log_in)
        .with_code("login_needed");
}

void check_account(const auth::Account& account) {
    const std::string again = auth::way_back(account.kind, account.name);
    if (account.status != auth::AccountStatus::ok) {
        throw Error(ErrorKind::login,
                    fmt::format("the login of {} is over; nothing was stored", account.name), again)
            .with_code("login_needed");
    }
    if (!account.is_renewable) {
        throw Error(ErrorKind::login,
                    fmt::format("the login of {} ends with its first token, and batchd needs one "
                                "that lasts; nothing was stored",
                                account.name),
                    again)
            .with_code("login_needed");
    }
    if (!auth::missing_scopes({auth::full_scope("drive.file")}, account.scopes).empty()) {
        throw Error(ErrorKind::login,
                    fmt::format("the login of {} does not allow to create files in Drive "
                                "(drive.file); nothing was stored",
                                account.name),
                    again)
            .with_code("login_needed");
    }
}

/// The login to deliver with; absent if batchd gets a token from its environment.
std::optional<auth::Account> find_account(Context& context, const std::filesystem::path& folder,
                                          const std::string& wanted) {
    const Environment environment = process_environment();
    if (!auth::token_variable(environment).empty()) {
        return std::nullopt;
    }
    const std::string& named = wanted.empty() ? context.settings().auth.account : wanted;
    const auto name = named.empty() ? auth::current_account(folder) : std::optional{named};
    auto account = name ? auth::read_account(folder, *name) : std::nullopt;
    if (account) {
        check_account(*account);
        return account;
    }
    if (!named.empty()) {
        throw Error(ErrorKind::not_found,
                    fmt::format("there is no login {}; nothing was stored", named),
                    "what there is: batchctl auth list");
    }
    if (value_of(environment, "GOOGLE_APPLICATION_CREDENTIALS").empty()) {
        throw_no_login();
    }
    return std::nullopt;
}

}  // namespace

bool is_drive(const std::string& target) {
    return target.starts_with(drive_scheme);
}

Json drive_options(Context& context, const std::string& target, const std::string& account) {
    const std::filesystem::path folder = auth::credentials_folder(context.config().folders.state);
    const auto login = find_account(context, folder, account);
    Json options{{"folder", folder_id(target)},         {"target", target},
                 {"account", login ? login->name : ""}, {"subject", login ? login->subject : ""},
                 {"credentials", folder.native()},      {"url", context.settings().drive.url}};
    if (const auto& file = context.settings().auth.ca_file) {
        options["ca_file"] = file->native();
    }
    return options;
}

}  // namespace batch::cli
