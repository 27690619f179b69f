#include "core/os/beneath.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace batch {

namespace {

namespace fs = std::filesystem;

/// One part after the other, and none of them a link.
Fd open_parts(int folder, const fs::path& path, int flags) {
    if (path.is_absolute() || path.empty()) {
        errno = path.empty() ? ENOENT : EXDEV;
        return {};
    }
    Fd fd;
    for (auto part = path.begin(); part != path.end(); ++part) {
        if (*part == "..") {
            errno = EXDEV;
            return {};
        }
        const bool last = std::next(part) == path.end();
        const int how = last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC;
        fd = Fd{::openat(fd ? fd.get() : folder, part->c_str(), how | O_NOFOLLOW)};
        if (!fd) {
            return {};
        }
    }
    return fd;
}

}  // namespace

Fd open_beneath(int folder, const fs::path& path, int flags, LinksInside links) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags);
    how.resolve = RESOLVE_BENEATH |
                  (links == LinksInside::refuse ? RESOLVE_NO_SYMLINKS : RESOLVE_NO_MAGICLINKS);
    Fd fd{static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how))};
    if (fd || (errno != ENOSYS && errno != EPERM)) {
        return fd;
    }
    // A kernel before 5.6, or a container that forbids it: then no links at all.
    return open_parts(folder, path, flags);
}

}  // namespace batch
