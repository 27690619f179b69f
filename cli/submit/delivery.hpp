#pragma once

#include <filesystem>
#include <string>

namespace batch::cli {

/// The absolute folder of a --deliver, checked: a folder, or one that can be made, that may be
/// written to.  Throws Error{usage, permission}.
std::filesystem::path delivery_folder(const std::string& target);

}  // namespace batch::cli
