#pragma once

#include <string>
#include <vector>

namespace batch::cli {

/// Where a command hands a script to a shell: `sh -c SCRIPT`, `env bash -eo pipefail -c SCRIPT`.
struct ShellScript {
    std::size_t shell = 0;   ///< the word that names the shell
    std::size_t option = 0;  ///< the one with -c
    std::size_t script = 0;  ///< the script; 0: there is none
};

ShellScript find_script(const std::vector<std::string>& command);

/// A placeholder inside of a shell's script would make the row's text code.  `columns`: those of
/// the rows; empty if each row has its own.  Throws Error{usage} with the safe form (E7).
void check_script(const std::vector<std::string>& command, const std::vector<std::string>& columns);

}  // namespace batch::cli
