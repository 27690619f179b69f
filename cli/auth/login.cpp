#include "cli/auth/client.hpp"
#include "cli/auth/device_flow.hpp"
#include "cli/auth/login_flow.hpp"
#include "cli/auth/storing.hpp"
#include "cli/auth/tool.hpp"
#include "cli/report.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/provider.hpp"
#include "core/base/error.hpp"
#include "core/config/folders.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

namespace batch::cli {
namespace {

/// `sudo` keeps HOME: a login of root's in there would be one that its owner cannot use.
void refuse_foreign_home(Context& context) {
    const std::filesystem::path& home = context.config().folders.home;

    struct stat about {};

    if (context.globals().system || ::stat(home.c_str(), &about) != 0 ||
        about.st_uid == ::geteuid()) {
        return;
    }
    throw Error(
        ErrorKind::permission,
        fmt::format("{} belongs to somebody else than {}, who runs this: the login would be "
                    "of use to neither",
                    home.native(), user_name()),
        "without sudo: batchctl auth login");
}

void refuse_without_person(Context& context) {
    if (!context.in_is_terminal() || context.globals().no_input) {
        throw Error(ErrorKind::login, "a login needs a person at a terminal, and there is none",
                    "log in once by hand, use a service account or BATCH_ACCESS_TOKEN_FILE: man "
                    "batchctl-auth-login")
            .with_code("login_needed");
    }
}

void check_options(const LoginOptions& options) {
    std::ranges::for_each(options.scopes, auth::check_scope);
    if (!options.account.empty() && !auth::is_account_name(options.account)) {
        throw Error(ErrorKind::usage,
                    fmt::format("\"{}\" is no name for a login: letters, digits and @ . _ + -",
                                options.account),
                    "a short one: --account work");
    }
    const bool has_odd_letter = std::ranges::any_of(
        options.login_hint, [](char letter) { return letter <= ' ' || letter > '~'; });
    if (has_odd_letter) {
        throw Error(ErrorKind::usage, "--login-hint is no email",
                    "as in: --login-hint ada@example.org");
    }
}

/// What is wanted beside who that is.
auth::Scopes wanted_scopes(const LoginOptions& options) {
    auth::Scopes scopes =
        *auth::profile_scopes(options.profile.empty() ? "drive-file" : options.profile);
    for (const std::string& scope : options.scopes) {
        scopes.push_back(auth::full_scope(scope));
    }
    return scopes;
}

/// Those of the login before too: what is not asked for again would be lost.
auth::Scopes asked_scopes(const auth::Scopes& wanted, Logins& logins, const LoginOptions& options) {
    auth::Scopes scopes = auth::merged(auth::identity_scopes(), wanted);
    const std::string name = options.account.empty()
                                 ? auth::current_account(logins.folder()).value_or("")
                                 : options.account;
    try {
        const auto before = auth::read_account(logins.folder(), name);
        if (before && before->kind == auth::AccountKind::login) {
            scopes = auth::merged(scopes, auth::missing_scopes(before->scopes, scopes));
        }
    } catch (const Error&) {
        return scopes;  // one that cannot be read is replaced
    }
    return scopes;
}

auth::Page page_of(const Error& error) {
    return error.code() == "access_denied" ? auth::Page::cancelled : auth::Page::failed;
}

/// Stores what comes of it, nothing after a signal; the browser is told how it ended.
template <typename Flow>
void log_in_with(Flow& flow, const auth::Scopes& asked, const auth::Scopes& wanted,
                 Storing& storing) {
    try {
        auto token = flow.run(asked);
        if (!token) {
            return;
        }
        storing.store(std::move(*token), asked, wanted);
        flow.finish(auth::Page::success);
    } catch (const Error& error) {
        flow.finish(page_of(error));
        throw;
    }
}

}  // namespace

int AuthTool::login(const LoginOptions& given, Context& context) {
    LoginOptions options = given;
    options.typed = context.globals().typed;
    check_options(options);
    refuse_without_person(context);
    refuse_foreign_home(context);
    Interruption interruption;
    Logins logins{context, [&interruption] { return interruption.number().has_value(); }};
    logins.vault().prepare();
    const auth::ClientKey client = find_client(context, logins, options);
    auth::OpenIdService service{
        logins.client(), auth::discover(logins.client(), context.settings().auth.issuer), client};
    const auth::Scopes wanted = wanted_scopes(options);
    const auth::Scopes asked = asked_scopes(wanted, logins, options);
    Storing storing{options, context, logins, service, client};
    try {
        if (options.device) {
            DeviceFlow flow{options, service, interruption};
            log_in_with(flow, asked, wanted, storing);
        } else {
            LoginFlow flow{options, context, service, interruption};
            log_in_with(flow, asked, wanted, storing);
        }
    } catch (const Error&) {
        if (!interruption.number()) {
            throw;
        }
    }
    if (const auto number = interruption.number()) {
        say_always(storing.is_stored() ? "interrupted, but the login is stored"
                                       : "interrupted: nothing was stored");
        return exit_of_signal + *number;
    }
    storing.tell();
    return 0;
}

}  // namespace batch::cli
