#include "daemon/access_token.hpp"

#include "core/base/error.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch {

Fd take_access_token() {
    char* const token = std::getenv("BATCH_ACCESS_TOKEN");
    if (token == nullptr || *token == '\0') {
        return {};
    }
    Fd file{::memfd_create("access token", MFD_CLOEXEC)};
    if (!file || ::fchmod(file.get(), private_file) != 0) {
        throw system_error("keep the access token", errno);
    }
    write_all(file.get(), token);
    ::explicit_bzero(token, std::strlen(token));
    ::unsetenv("BATCH_ACCESS_TOKEN");
    const char* const other = std::getenv("BATCH_ACCESS_TOKEN_FILE");
    if (other == nullptr || *other == '\0') {
        const std::string path = fmt::format("/proc/{}/fd/{}", ::getpid(), file.get());
        ::setenv("BATCH_ACCESS_TOKEN_FILE", path.c_str(), 1);
    }
    return file;
}

}  // namespace batch
