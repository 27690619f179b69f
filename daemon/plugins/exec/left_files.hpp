#pragma once

#include "core/plugin/frames.hpp"

#include <filesystem>
#include <vector>

namespace batch::exec {

/// The files that a command left in its folder, at any depth, sorted by name.  Throws
/// Error{bad_input} with a code for what cannot be an output: a link, a device, a name that is not
/// UTF-8, more than 1,000 files, or a folder that cannot be read.  Without a folder there are none.
std::vector<FrameFile> left_files(const std::filesystem::path& folder);

}  // namespace batch::exec
