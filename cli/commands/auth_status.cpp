#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth status [OPTIONS]

Every login: whether it is good, since when, for what, and which batches wait
for it. Nobody is asked unless --check is given. Exit status 4 if one needs a
new login.

  --check   ask the provider

Example:
  batchctl auth status --check

see batchctl-auth(1)
)";

Action setup(Arguments& arguments) {
    auto check = std::make_shared<bool>(false);
    arguments.flag("--check", *check, "Ask the provider whether they are good");
    return [check](Context& context) { return context.auth().status(*check, context); };
}

}  // namespace

extern const Command auth_status_command;
constinit const Command auth_status_command{
    .name = "auth status", .summary = "Show how the logins are.", .help = help, .setup = setup};

}  // namespace batch::cli
