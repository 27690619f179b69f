#pragma once

#include "cli/context.hpp"

#include <string>

namespace batch::cli {

class Arguments;

/// The options that every command has.
void add_globals(Arguments& arguments, Globals& globals);

/// Those of them that lead another command, or batchd, to the same state file: " --state ./ci.db".
std::string state_options(const Globals& globals);

}  // namespace batch::cli
