#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace batch::cli {

/// Whether the first word of a command can be run, from `folder`: a typo is found before anything
/// is stored.  Throws Error{usage} (E8).
void check_program(const std::vector<std::string>& command, const std::filesystem::path& folder);

}  // namespace batch::cli
