#include "daemon/plugins/file/folder.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/beneath.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch::file {

namespace fs = std::filesystem;

namespace {

constexpr mode_t folder_mode = 0777;  // what is delivered is the user's, so the umask rules

bool is_good_part(std::string_view part) {
    return !part.empty() && part != "." && part != ".." && part.size() <= longest_part &&
           part.find('\0') == std::string_view::npos;
}

Fd open_below(int parent, const std::string& part) {
    return open_beneath(parent, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC, LinksInside::follow);
}

Error cannot_open(const fs::path& path, int reason) {
    if (reason == EXDEV || reason == ELOOP) {
        return Error(ErrorKind::bad_input,
                     fmt::format("{} is a link that leads out of its folder", path.native()))
            .with_code("bad_name");
    }
    if (reason == ENOTDIR) {
        return Error(ErrorKind::conflict, fmt::format("{} is a file, no folder", path.native()))
            .with_code("file_exists");
    }
    return system_error(fmt::format("deliver to {}", path.native()), reason);
}

Fd make_and_open(int parent, const std::string& part, const fs::path& path) {
    Fd fd = open_below(parent, part);
    if (!fd && errno == ENOENT) {
        if (::mkdirat(parent, part.c_str(), folder_mode) == 0) {
            ::fsync(parent);
        } else if (errno != EEXIST) {
            throw cannot_open(path, errno);
        }
        fd = open_below(parent, part);
    }
    if (!fd) {
        throw cannot_open(path, errno);
    }
    return fd;
}

}  // namespace

Name parse_name(std::string_view name) {
    const auto parts = split(name, '/');
    if (!std::ranges::all_of(parts, is_good_part)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("\"{}\" cannot be the name of a file", printable(name)))
            .with_code("bad_name");
    }
    const auto slash = name.rfind('/');
    return slash == std::string_view::npos
               ? Name{.folder = "", .file = std::string{name}}
               : Name{.folder = std::string{name.substr(0, slash)}, .file = parts.back()};
}

Root::Root(const fs::path& path) : path_{fs::absolute(path).lexically_normal()} {
    if (!path_.has_filename()) {
        path_ = path_.parent_path();  // of "cards/"
    }
    ensure_dir_durably(path_, folder_mode);
    fd_ = Fd{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd_) {
        throw cannot_open(path_, errno);
    }
}

bool Root::is_there() const {
    struct stat ours {};

    struct stat there {};

    return ::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
           ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

Fd Root::open_folder(const Name& name) const {
    Fd folder{::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)};
    if (!folder) {
        throw system_error("copy a descriptor", errno);
    }
    fs::path path = path_;
    if (name.folder.empty()) {
        return folder;
    }
    for (const std::string& part : split(name.folder, '/')) {
        path /= part;
        folder = make_and_open(folder.get(), part, path);
    }
    return folder;
}

}  // namespace batch::file
