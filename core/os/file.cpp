#include "core/os/file.hpp"

#include "core/base/error.hpp"
#include "core/os/fd.hpp"

#include <fmt/core.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;

namespace {

constexpr int most_removals = 100;  // of one tree: each ends where another has removed something

Fd open_or_throw(const fs::path& path, int flags) {
    Fd fd{::open(path.c_str(), flags | O_CLOEXEC)};
    if (!fd) {
        const int reason = errno;
        if (reason == ENOENT) {
            throw Error(ErrorKind::not_found, fmt::format("there is no file {}", path.native()));
        }
        throw system_error(fmt::format("open {}", path.native()), reason);
    }
    return fd;
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path{"."};
}

struct statvfs disk_of(const fs::path& path) {
    struct statvfs about {};

    if (::statvfs(path.c_str(), &about) != 0) {
        throw system_error(fmt::format("ask how much room {} has", path.native()), errno);
    }
    return about;
}

/// A file nobody else has, removed again unless it was given its name.
class Temporary {
public:
    Temporary(const fs::path& target, mode_t mode) : path_{name_beside(target)} {
        fd_ = Fd{::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
        if (!fd_) {
            throw system_error(fmt::format("write {}", target.native()), errno);
        }
    }

    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    ~Temporary() {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }

    int fd() const { return fd_.get(); }

    void rename_to(const fs::path& target) {
        if (::rename(path_.c_str(), target.c_str()) != 0) {
            throw system_error(fmt::format("write {}", target.native()), errno);
        }
        path_.clear();
    }

private:
    static fs::path name_beside(const fs::path& target) {
        static std::atomic<unsigned> counter{0};
        return folder_of(target) /
               fmt::format(".{}.{}.{}.tmp", target.filename().native(), ::getpid(), counter++);
    }

    fs::path path_;
    Fd fd_;
};

/// The umask may take rights from others; one that takes them from the owner is not meant for
/// folders.
bool make_dir(const fs::path& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0) {
        return false;
    }

    struct stat made {};

    if (::stat(path.c_str(), &made) == 0 && (mode & S_IRWXU & ~made.st_mode) != 0) {
        ::chmod(path.c_str(), (made.st_mode & 07777) | (mode & S_IRWXU));
    }
    return true;
}

void expect_dir(const fs::path& path, int reason) {
    struct stat found {};

    if (reason != EEXIST || ::stat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
        throw system_error(fmt::format("make the folder {}", path.native()),
                           reason == EEXIST ? ENOTDIR : reason);
    }
}

bool lacks_parent(const fs::path& path, int reason) {
    return reason == ENOENT && path.has_parent_path() && path.parent_path() != path;
}

}  // namespace

void atomic_write(const fs::path& path, std::string_view bytes, mode_t mode) {
    Temporary temporary{path, mode};
    try {
        write_all(temporary.fd(), bytes);
    } catch (const Error& error) {
        throw error.within(path.native());
    }
    if (::fsync(temporary.fd()) != 0) {
        throw system_error(fmt::format("write {}", path.native()), errno);
    }
    temporary.rename_to(path);
    fsync_dir(folder_of(path));
}

std::string read_file(const fs::path& path, std::size_t limit) {
    const Fd fd = open_or_throw(path, O_RDONLY);
    try {
        return read_all(fd.get(), limit);
    } catch (const Error& error) {
        throw error.within(path.native());
    }
}

void ensure_dir(const fs::path& path, mode_t mode) {
    bool made = make_dir(path, mode);
    if (!made && lacks_parent(path, errno)) {
        ensure_dir(path.parent_path(), mode);
        made = make_dir(path, mode);
    }
    if (!made) {
        expect_dir(path, errno);
    }
}

void ensure_dir_durably(const fs::path& path, mode_t mode) {
    bool made = make_dir(path, mode);
    if (!made && lacks_parent(path, errno)) {
        ensure_dir_durably(path.parent_path(), mode);
        made = make_dir(path, mode);
    }
    if (!made) {
        expect_dir(path, errno);
        return;
    }
    fsync_dir(folder_of(path));
}

void fsync_path(const fs::path& path) {
    const Fd fd = open_or_throw(path, O_RDONLY);
    if (::fsync(fd.get()) != 0) {
        throw system_error(fmt::format("write {} to the disk", path.native()), errno);
    }
}

void fsync_dir(const fs::path& path) {
    const Fd fd = open_or_throw(path, O_RDONLY | O_DIRECTORY);
    // Some file systems cannot do it for folders and say EINVAL; then there is nothing to do.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) {
        throw system_error(fmt::format("write {} to the disk", path.native()), errno);
    }
}

std::uint64_t free_bytes(const fs::path& path) {
    const struct statvfs about = disk_of(path);
    return std::uint64_t{about.f_bavail} * about.f_frsize;
}

void remove_tree(const fs::path& path) {
    std::error_code reason;
    for (int tries = 0; tries < most_removals; ++tries) {
        fs::remove_all(path, reason);
        if (reason != std::errc::no_such_file_or_directory &&
            reason != std::errc::directory_not_empty) {
            break;  // what others remove or add there is no reason to give up
        }
    }
    if (reason) {
        throw system_error(fmt::format("remove {}", path.native()), reason.value());
    }
}

}  // namespace batch
