#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth list [OPTIONS]

The names of the logins; the current one, which is used where none is named,
has a star.

Example:
  batchctl auth list

see batchctl-auth(1)
)";

Action setup(Arguments&) {
    return [](Context& context) { return context.auth().list(context); };
}

}  // namespace

extern const Command auth_list_command;
constinit const Command auth_list_command{
    .name = "auth list", .summary = "Name the logins.", .help = help, .setup = setup};

}  // namespace batch::cli
