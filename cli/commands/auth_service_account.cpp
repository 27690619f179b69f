#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth service-account add FILE [OPTIONS]
       batchctl auth service-account remove NAME

A service account logs in with a key instead of a person: for servers. Its
files count against nobody's storage, so Drive takes them only in a shared
drive, or on behalf of a user of your organisation.

  add       stores the key of a JSON file from Google's console, encrypted
  remove    forgets it; the key itself is ended in the console

  --on-behalf-of E   act for this user (domain-wide delegation)
  --scope S          ask for this instead of drive; can be repeated

Examples:
  batchctl auth service-account add ./robot-5f2c.json
  batchctl auth service-account remove robot@project.iam.gserviceaccount.com

see batchctl-auth(1)
)";

Action setup(Arguments& arguments) {
    auto options = std::make_shared<ServiceAccountOptions>();
    arguments.option("VERB", options->verb, "add or remove").required().choices({"add", "remove"});
    arguments.option("WHAT", options->what, "The key's file, or the account").required();
    arguments.option("--on-behalf-of E", options->on_behalf_of, "Act for this user");
    arguments.option("--scope S", options->scopes, "Ask for this; can be repeated");
    return
        [options](Context& context) { return context.auth().service_account(*options, context); };
}

}  // namespace

extern const Command auth_service_account_command;
constinit const Command auth_service_account_command{.name = "auth service-account",
                                                     .summary = "Log in with a key, on a server.",
                                                     .help = help,
                                                     .setup = setup,
                                                     .makes_state = true};

}  // namespace batch::cli
