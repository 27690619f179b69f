#pragma once

#include "core/os/fd.hpp"

#include <filesystem>

namespace batch::chromium {

/// A folder for a browser, among the temporary files, removed with its object.
///
/// It is locked (flock(2)), and the kernel lets that go when we die, however we die: so whoever
/// makes the next one knows which of the others nobody has any more, and removes these.
class Profile {
public:
    Profile();
    Profile(const Profile&) = delete;
    Profile& operator=(const Profile&) = delete;
    ~Profile();

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    bool make();

    std::filesystem::path path_;
    Fd lock_;
};

}  // namespace batch::chromium
