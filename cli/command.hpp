#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace batch::cli {

class Arguments;
class Context;

/// Runs the parsed command; returns the exit status.
using Action = std::function<int(Context&)>;

/// One command of batchctl; a file in cli/commands/ and a line in commands.def.
struct Command {
    const char* name;     ///< "status", or "template add" for the verb of a noun
    const char* summary;  ///< one line, for help and completion
    const char* help;     ///< one screen, for --help; its usage and examples
    Action (*setup)(Arguments& arguments);
    bool makes_state = false;  ///< may create the file that --state names; others must find it
};

/// All commands, sorted as in commands.def.
std::span<const Command* const> commands();

/// Null if there is none.
const Command* find_command(std::string_view name);

}  // namespace batch::cli
