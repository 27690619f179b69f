#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace batch::cli {

/// The options that every command has.
void add_globals(CLI::App& app, Globals& globals);

}  // namespace batch::cli
