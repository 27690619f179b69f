#pragma once

#include "core/os/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/stat.h>

namespace batch {

/// A file in the directory of a step, held open.  The step's programs may still be at work there,
/// so what was looked at once is not looked up by its path again.
class StepFile {
public:
    /// Throws Error{operation, "bad_artifact"} unless it is a regular file that is inside of `dir`
    /// without any link.  A relative path begins there.
    StepFile(const std::filesystem::path& dir, const std::filesystem::path& path);

    const std::filesystem::path& path() const noexcept { return path_; }

    std::int64_t size() const noexcept { return status_.st_size; }

    /// SHA-256 as hexadecimal digits.
    std::string digest() const;

    /// Writes it to the disk.
    void flush() const;

    /// Gives it this name, in place of what is there, and the mode of our files.  Throws like the
    /// constructor if something else is in its place by now.
    void move_to(const std::filesystem::path& target) const;

private:
    std::filesystem::path path_;
    Fd folder_;
    Fd file_;

    struct stat status_ {};
};

}  // namespace batch
