#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth login [OPTIONS]

Opens the provider's page in a browser, waits for it to come back, and stores
the login: batchd delivers with it from then on.

  --client-file F   the client_secret.json of Google's console; it is
                    remembered with the login
  --profile P       what is asked for: drive-file (files that batchctl made;
                    the default), drive (all files), full (documents too)
  --scope S         something else beside that; can be repeated
  --account N       the name to store it under; the email is usual
  --login-hint E    the email of the account to offer
  --no-browser      show the address, and take the pasted answer
  --device          enter a code on another device instead
  --port N          of the listener; any free one is usual
  --ipv6            listen on ::1
  --timeout D       wait so long for the browser (5m)

Examples:
  batchctl auth login --client-file ~/Downloads/client_secret_123.json
  batchctl auth login --account work --login-hint ada@example.org

see batchctl-auth-login(1), batchctl-auth(1)
)";

Action setup(Arguments& arguments) {
    auto options = std::make_shared<LoginOptions>();
    arguments.option("--account N", options->account, "Store it under this name");
    arguments.option("--profile P", options->profile, "drive-file, drive or full")
        .choices({"drive-file", "drive", "full"});
    arguments.option("--scope S", options->scopes, "Ask for this too; can be repeated");
    arguments.option("--login-hint E", options->login_hint, "Offer the account with this email");
    arguments.option("--client-file F", options->client_file, "The client_secret.json of a client");
    arguments.flag("--no-browser", options->no_browser, "Show the address, and open nothing");
    arguments.flag("--device", options->device, "Enter a code on another device");
    arguments.option("--port N", options->port, "Port of the listener").between(1, 65535);
    arguments.flag("--ipv6", options->ipv6, "Listen on ::1");
    arguments.option("--timeout D", options->timeout, "Wait for the browser, as long as D");
    return [options](Context& context) { return context.auth().login(*options, context); };
}

}  // namespace

extern const Command auth_login_command;
constinit const Command auth_login_command{.name = "auth login",
                                           .summary = "Log in with a browser.",
                                           .help = help,
                                           .setup = setup,
                                           .makes_state = true};

}  // namespace batch::cli
