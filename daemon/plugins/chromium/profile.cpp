#include "daemon/plugins/chromium/profile.hpp"

#include "core/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch::chromium {
namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "batch-chromium-profile-";

/// Empty if somebody has it, or if it is not ours.
Fd locked(const fs::path& folder) {
    Fd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};

    struct stat found {};

    if (!fd || ::fstat(fd.get(), &found) != 0 || found.st_uid != ::geteuid() ||
        found.st_nlink == 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return {};
    }
    return fd;
}

void remove_left_ones(const fs::path& among) {
    std::error_code ignored;
    for (fs::directory_iterator entry(among, ignored), end; entry != end;
         entry.increment(ignored)) {
        if (!entry->path().filename().native().starts_with(prefix)) {
            continue;
        }
        if (const Fd lock = locked(entry->path())) {
            std::error_code stays;
            fs::remove_all(entry->path(), stays);
        }
    }
}

}  // namespace

Profile::Profile() {
    remove_left_ones(fs::temp_directory_path());
    while (!make()) {
    }
}

/// False if somebody has taken it for a left one before it was locked.
bool Profile::make() {
    std::string name = fs::temp_directory_path() / (std::string(prefix) + "XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) {
        throw system_error("make a folder for the browser", errno);
    }
    path_ = name;
    lock_ = locked(path_);
    return lock_ && fs::exists(path_);
}

Profile::~Profile() {
    std::error_code ignored;  // what is left lies in a folder for temporary files
    fs::remove_all(path_, ignored);
}

}  // namespace batch::chromium
