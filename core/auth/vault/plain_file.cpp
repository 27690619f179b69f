#include "core/auth/vault/plain_file.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/fd.hpp"

#include <fmt/core.h>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace batch::auth {

PlainFile read_plain_file(const std::filesystem::path& path, std::size_t limit) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!fd) {
        const int reason = errno;
        if (reason == ENOENT) {
            throw Error(ErrorKind::not_found, fmt::format("there is no file {}", path.native()));
        }
        throw system_error(fmt::format("read {}", path.native()), reason);
    }

    struct stat about {};

    if (::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        throw Error(ErrorKind::config, fmt::format("{} is no file", path.native()));
    }
    if (static_cast<std::size_t>(about.st_size) > limit) {
        throw Error(ErrorKind::config,
                    fmt::format("{} is too large: {}", path.native(),
                                bytes_text(static_cast<std::uint64_t>(about.st_size))));
    }
    return {.text = read_all(fd.get(), limit),
            .is_open_to_others = (about.st_mode & (S_IRWXG | S_IRWXO)) != 0};
}

}  // namespace batch::auth
