#include "cli/auth/login_flow.hpp"

#include "cli/auth/browser.hpp"
#include "cli/report.hpp"
#include "cli/typed.hpp"
#include "core/auth/accounts/scopes.hpp"
#include "core/auth/provider.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <array>
#include <utility>

#include <unistd.h>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr Millis usual_timeout{5min};

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "HOST";
}

/// What the provider's word for "no" means.
[[noreturn]] void throw_denied(const std::string& provider, const std::string& word,
                               const std::string& command) {
    if (word == "access_denied") {
        throw Error(
            ErrorKind::login,
            fmt::format("{} says access was denied: you or your organisation did not agree; "
                        "nothing was changed",
                        provider),
            "again, and choose Continue: " + command)
            .with_code(word);
    }
    if (word == "server_error" || word == "temporarily_unavailable") {
        throw Error(ErrorKind::unavailable, provider + " is in trouble; nothing was changed",
                    "try again in a minute: " + command)
            .with_code(word);
    }
    constexpr std::array meanings{
        std::pair{"admin_policy_enforced", "the organisation's administrator does not allow it"},
        std::pair{"org_internal", "the client is for people of another organisation alone"},
        std::pair{"invalid_scope", "it does not know what was asked for (--scope)"},
        std::pair{"disallowed_useragent", "it does not accept this browser"},
    };
    std::string meaning = "its word for it is " + (word.empty() ? "missing" : word);
    for (const auto& [name, text] : meanings) {
        meaning = word == name ? text : meaning;
    }
    throw Error(ErrorKind::login,
                fmt::format("{} refused the login: {}; nothing was changed", provider, meaning),
                "again: " + command)
        .with_code(word.empty() ? "login_refused" : word);
}

Millis timeout_of(const LoginOptions& options) {
    const Millis timeout =
        options.timeout.empty() ? usual_timeout : parse_duration(options.timeout, "--timeout");
    if (timeout <= 0ms) {
        throw Error(ErrorKind::usage, "--timeout 0 leaves no time for a login",
                    "a minute at least: --timeout 1m");
    }
    return timeout;
}

}  // namespace

LoginFlow::LoginFlow(const LoginOptions& options, Context& context, auth::OpenIdService& service,
                     Interruption& interruption)
    : options_{options},
      context_{context},
      service_{service},
      interruption_{interruption},
      timeout_{timeout_of(options)},
      listener_{options.port, options.ipv6 ? auth::Family::v6 : auth::Family::automatic} {}

std::optional<auth::AccessToken> LoginFlow::run(const auth::Scopes& scopes) {
    const std::string url =
        service_.authorization_url({.scopes = scopes,
                                    .state = challenge_.state,
                                    .redirect_uri = listener_.redirect_uri(),
                                    .code_challenge = auth::s256(challenge_.verifier.reveal()),
                                    .nonce = challenge_.nonce,
                                    .login_hint = options_.login_hint});
    const Paste paste = show(url);
    WaitingRoom room{listener_, rules(), interruption_};
    const auto answer =
        room.wait(timeout_, paste, command_line_of(without_option(options_.typed, "--timeout")));
    if (paste == Paste::yes) {
        put_err("\n");
    }
    return answer ? std::optional{exchange(*answer)} : std::nullopt;
}

auth::CallbackRules LoginFlow::rules() const {
    return {.authority = listener_.authority(),
            .state = challenge_.state,
            .issuer = service_.provider().issuer,
            .needs_issuer = service_.provider().sends_issuer};
}

/// The address on a line of its own, never wrapped, and how to use it here.
Paste LoginFlow::show(const std::string& url) {
    const std::string valid = fmt::format("(valid for {}):", exact(timeout_));
    const bool may_open = !options_.no_browser && has_browser();
    if (may_open && open_browser(listener_.lead_to(url))) {
        say_always("Opening your browser. If it does not open, go to this address " + valid);
        say_always(url);
        return Paste::no;
    }
    if (is_remote_shell()) {
        say_always(
            "This is a remote shell, so no browser opens here. Run this on your own "
            "computer, then open the address there:");
        say_always(fmt::format("    ssh -N -L {0}:{1} {2}@{3}", listener_.port(),
                               listener_.authority(), user_name(), host_name()));
    } else {
        say_always("Open this address in a browser on this computer " + valid);
    }
    say_always(url);
    put_err("Or open it anywhere, and paste the address of the page that then fails to load: ");
    return Paste::yes;
}

auth::AccessToken LoginFlow::exchange(const auth::CallbackAnswer& answer) {
    const std::string provider = auth::name_of(service_.provider().issuer);
    const std::string command = command_line_of(options_.typed);
    if (answer.wrong_issuer) {
        throw Error(ErrorKind::login,
                    fmt::format("the answer did not come from {}; nothing was changed", provider),
                    "again: " + command)
            .with_code("wrong_issuer");
    }
    if (answer.code.empty()) {
        throw_denied(provider, answer.error, command);
    }
    try {
        return service_.exchange_code({.code = answer.code,
                                       .code_verifier = challenge_.verifier,
                                       .redirect_uri = listener_.redirect_uri(),
                                       .nonce = challenge_.nonce});
    } catch (const Error& error) {
        if (error.code() != "invalid_grant") {
            throw;
        }
        throw Error(ErrorKind::login,
                    fmt::format("{} did not accept the code that the browser brought; nothing was "
                                "stored",
                                provider),
                    "again: " + command)
            .with_code("invalid_grant");
    }
}

}  // namespace batch::cli
