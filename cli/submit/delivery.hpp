#pragma once

#include <filesystem>
#include <string>

namespace batch::cli {

/// Whether it begins with a word and a colon: "drive:1AbC".  "./a:b" does not, it is a path.
bool names_a_kind(const std::string& target);

/// The absolute folder of a --deliver, checked: a folder, or one that can be made, that may be
/// written to.  Throws Error{usage, permission}.
std::filesystem::path delivery_folder(const std::string& target);

}  // namespace batch::cli
