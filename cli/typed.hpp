#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// "batchctl auth login --account work": a command line to type, of its words.
std::string command_line_of(const std::vector<std::string>& words);

/// The command that a hint ends with; all of it if it has none.
std::string command_in(const std::string& hint);

/// The words but an option with its value: "--timeout 5m", "--timeout=5m".
std::vector<std::string> without_option(std::vector<std::string> words, std::string_view name);

}  // namespace batch::cli
