#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"

#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl auth switch NAME

Makes a login the current one: the one that is used where none is named.
Batches that are stored already keep theirs.

Example:
  batchctl auth switch ada@example.org

see batchctl-auth(1)
)";

Action setup(Arguments& arguments) {
    auto name = std::make_shared<std::string>();
    arguments.option("NAME", *name, "The login").required();
    return [name](Context& context) { return context.auth().choose(*name, context); };
}

}  // namespace

extern const Command auth_switch_command;
constinit const Command auth_switch_command{.name = "auth switch",
                                            .summary = "Choose the login that is usual.",
                                            .help = help,
                                            .setup = setup};

}  // namespace batch::cli
