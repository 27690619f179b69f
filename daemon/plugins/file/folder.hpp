#pragma once

#include "core/os/fd.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace batch::file {

/// Bytes of a file's or folder's name; NAME_MAX of all usual file systems.
inline constexpr std::size_t longest_part = 255;

/// A relative name, checked: no part of it is empty, "." or ".." or longer than 255 bytes.
struct Name {
    std::string folder;  ///< "certificates/7a"; may be empty
    std::string file;    ///< "Ada Lovelace.pdf"

    std::string full() const { return folder.empty() ? file : folder + '/' + file; }
};

/// Throws Error{bad_input, "bad_name"}.
Name parse_name(std::string_view name);

/// The folder that everything is delivered below.  Nothing outside of it is ever written, whatever
/// names and links there are.
class Root {
public:
    /// Makes the folder if it is not there.
    explicit Root(const std::filesystem::path& path);

    /// Absolute, as it was given.
    const std::filesystem::path& path() const noexcept { return path_; }

    /// Whether its path still leads to it.
    bool is_there() const;

    /// Opens the folder of a name, making what is missing of it, durably.
    Fd open_folder(const Name& name) const;

private:
    std::filesystem::path path_;
    Fd fd_;
};

}  // namespace batch::file
