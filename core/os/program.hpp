#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace batch {

/// The executable file that a shell would take for `name`; a name with a slash stands for itself.
std::optional<std::filesystem::path> find_program(std::string_view name, std::string_view path);

/// Whether there is any file of this name in $PATH, executable or not.  A folder of it that may not
/// be read makes execvp(3) say "permission denied" where nothing was found.
bool is_in_path(std::string_view name);

}  // namespace batch
