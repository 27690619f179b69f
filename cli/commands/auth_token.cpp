#include "cli/arguments.hpp"
#include "cli/auth_commands.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/token_at_hand.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"help(Usage: batchctl auth token [OPTIONS]

Prints an access token for scripts, and nothing else; a new one is fetched if
the one at hand is about to end.

  --account N    of this login; else the current one
  --min-life D   it must be good for so long (1m)

Example:
  { printf 'Authorization: Bearer '; batchctl auth token; } |
    curl -H @- 'https://www.googleapis.com/drive/v3/about?fields=user'

see batchctl-auth(1)
)help";

Action setup(Arguments& arguments) {
    auto options = std::make_shared<TokenOptions>();
    arguments.option("--account N", options->account, "Of this login");
    arguments.option("--min-life D", options->min_life, "It must be good for so long");
    return [options](Context& context) {
        if (!context.has_auth() && print_token_at_hand(context, *options)) {
            return 0;
        }
        return context.auth().token(*options, context);
    };
}

}  // namespace

extern const Command auth_token_command;
constinit const Command auth_token_command{
    .name = "auth token", .summary = "Print an access token.", .help = help, .setup = setup};

}  // namespace batch::cli
