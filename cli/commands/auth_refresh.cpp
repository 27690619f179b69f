#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth refresh [OPTIONS]

Fetches a new access token now, whatever is left of the one at hand. It also
asks again for a login that the provider has said to be over.

  --account N   of this login; else the current one

Example:
  batchctl auth refresh

see batchctl-auth(1)
)";

Action setup(Arguments& arguments) {
    auto account = std::make_shared<std::string>();
    arguments.option("--account N", *account, "Of this login");
    return [account](Context& context) { return context.auth().refresh(*account, context); };
}

}  // namespace

extern const Command auth_refresh_command;
constinit const Command auth_refresh_command{
    .name = "auth refresh", .summary = "Renew a login now.", .help = help, .setup = setup};

}  // namespace batch::cli
