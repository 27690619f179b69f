#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth logout [OPTIONS]

Removes a login here and ends it at the provider. With Google that ends every
login of the same person to the same project, on other machines too: batchd's
there as well.

  --account N    this login; else the current one
  --local-only   remove it here, and leave the provider alone

Example:
  batchctl auth logout --account ada@example.org --local-only

see batchctl-auth(1)
)";

Action setup(Arguments& arguments) {
    auto options = std::make_shared<LogoutOptions>();
    arguments.option("--account N", options->account, "This login");
    arguments.flag("--local-only", options->local_only, "Leave the provider alone");
    return [options](Context& context) { return context.auth().logout(*options, context); };
}

}  // namespace

extern const Command auth_logout_command;
constinit const Command auth_logout_command{
    .name = "auth logout", .summary = "End a login.", .help = help, .setup = setup};

}  // namespace batch::cli
