#include "daemon/step_file.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/beneath.hpp"
#include "core/os/file.hpp"
#include "daemon/own_failure.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace batch {
namespace {

namespace fs = std::filesystem;

Error bad_artifact(const std::string& message) {
    return Error(ErrorKind::operation, message).with_code("bad_artifact");
}

Error no_file(const fs::path& path, int reason) {
    if (const Error error = system_error("open " + path.native(), reason);
        error.kind() == ErrorKind::unavailable) {
        return Error(ErrorKind::internal, error.what());
    }
    return bad_artifact(fmt::format("there is no regular file \"{}\"", printable(path.native())));
}

fs::path inside_of(const fs::path& dir, const fs::path& path) {
    fs::path relative = path.lexically_relative(dir.lexically_normal());
    if (dir.empty() || relative.empty() || *relative.begin() == ".." || relative == ".") {
        throw bad_artifact(fmt::format("the file \"{}\" is not in the item's directory",
                                       printable(path.native())));
    }
    return relative;
}

Fd open_folder(const fs::path& dir, const fs::path& inside) {
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd folder{::open(dir.c_str(), flags)};
    if (folder && !inside.empty()) {
        folder = open_beneath(folder.get(), inside, flags, LinksInside::refuse);
    }
    return folder;
}

bool is_same(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

StepFile::StepFile(const fs::path& dir, const fs::path& path)
    : path_{(dir / path).lexically_normal()} {
    const fs::path inside = inside_of(dir, path_);
    folder_ = open_folder(dir, inside.parent_path());
    if (folder_) {
        file_ = Fd{::openat(folder_.get(), inside.filename().c_str(),
                            O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    }
    if (!file_) {
        throw no_file(path, errno);
    }
    if (::fstat(file_.get(), &status_) != 0 || !S_ISREG(status_.st_mode)) {
        throw no_file(path, ENOENT);
    }
}

std::string StepFile::digest() const {
    Sha256 sha;
    std::array<char, 65536> block{};
    for (;;) {
        const ssize_t got = ::read(file_.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error("read an artifact", errno);
        }
        if (got == 0) {
            return sha.hex();
        }
        sha.update({block.data(), static_cast<std::size_t>(got)});
    }
}

void StepFile::flush() const {
    if (::fsync(file_.get()) != 0) {
        throw system_error(fmt::format("write {} to the disk", path_.native()), errno);
    }
}

void StepFile::move_to(const fs::path& target) const {
    as_own_failure([&] {
        if (::fchmod(file_.get(), private_file) != 0 ||
            ::renameat(folder_.get(), path_.filename().c_str(), AT_FDCWD, target.c_str()) != 0) {
            throw system_error(fmt::format("rename {} to {}", path_.native(), target.native()),
                               errno);
        }
    });

    struct stat moved {};

    if (::lstat(target.c_str(), &moved) != 0 || !is_same(moved, status_)) {
        remove_tree(target);
        throw bad_artifact(fmt::format("the file \"{}\" was replaced after it was handed over",
                                       printable(path_.filename().native())));
    }
}

}  // namespace batch
