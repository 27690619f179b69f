#pragma once

#include "cli/command.hpp"

#include <string>

namespace batch::cli {

/// `batchctl --help`: what there is, on one screen.
void print_overview();

/// `batchctl --help-all`: that, and the options that every command has.
void print_overview(const Arguments& arguments);

/// `batchctl help template`: the verbs of a noun; false if it is none.
bool print_verbs(const std::string& noun);

/// `batchctl COMMAND --help`: one screen, written by hand.
void print_help(const Command& command);

/// `--help-all`: every option, from the parser itself.
void print_all_options(const Command& command, const Arguments& arguments);

}  // namespace batch::cli
