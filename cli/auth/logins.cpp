#include "cli/auth/logins.hpp"

#include "cli/report.hpp"
#include "cli/token_at_hand.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

http::ClientOptions client_options(Context& context, std::function<bool()> interrupted) {
    http::ClientOptions options{.ca_file = context.settings().auth.ca_file,
                                .interrupted = std::move(interrupted)};
    if (context.globals().verbose) {
        options.trace = [](std::string_view line) { say_always(line); };
    }
    return options;
}

}  // namespace

Logins::Logins(Context& context, std::function<bool()> interrupted)
    : context_{context},
      vault_{open_vault(context.config())},
      client_{client_options(context, std::move(interrupted))},
      keeper_{vault_, client_, [](const std::string& news) { warn(news); }} {}

std::string Logins::chosen(const std::string& named) {
    const std::string& wanted = named.empty() ? context_.settings().auth.account : named;
    if (wanted.empty()) {
        if (auto current = auth::current_account(folder())) {
            return *current;
        }
        throw Error(ErrorKind::login, "there is no login", "log in: batchctl auth login")
            .with_code("login_needed");
    }
    if (!auth::read_record(folder(), wanted)) {
        throw Error(ErrorKind::not_found, fmt::format("there is no login {}", wanted),
                    "what there is: batchctl auth list");
    }
    return wanted;
}

}  // namespace batch::cli
