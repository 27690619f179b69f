#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace batch::cli {

/// What a command runs.
struct Program {
    std::string word;            ///< to call it by: short if every PATH has it
    std::filesystem::path file;  ///< absolute; empty if each row names its own
};

/// Looks up the first word of a command that runs in `folder`: a typo is found before anything is
/// stored.  `typed` is what stands before the command, for hints: "batchctl run urls.txt --".
/// Throws Error{usage} (E8).
Program find_command(const std::vector<std::string>& command, const std::filesystem::path& folder,
                     const std::string& typed);

}  // namespace batch::cli
