#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace batch::auth {

/// A file of secrets that the user made.
struct PlainFile {
    std::string text = {};
    bool is_open_to_others = false;  ///< group or world may read it
};

/// Throws Error{not_found}; Error{config} if it is no file (a folder, a pipe), longer than `limit`
/// bytes or may not be read.  Never waits for anybody.
PlainFile read_plain_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace batch::auth
