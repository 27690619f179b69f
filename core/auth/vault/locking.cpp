#include "core/auth/vault/locking.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/config/folders.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace batch::auth {
namespace {

constexpr Millis first_wait{2};
constexpr Millis longest_wait{50};

}  // namespace

std::optional<FileLock> wait_for_lock(const std::filesystem::path& path, std::string_view what_for,
                                      std::chrono::seconds patience) {
    const BootTime end = BootClock::now() + patience;
    for (Millis wait = first_wait;; wait = std::min(wait * 2, longest_wait)) {
        if (auto lock = FileLock::try_lock(path, what_for)) {
            return lock;
        }
        if (BootClock::now() >= end) {
            return std::nullopt;
        }
        // flock(2) has no time limit of its own, and a signal for one would be everybody's.
        std::this_thread::sleep_for(wait);
    }
}

void make_private_folder(const std::filesystem::path& folder) {
    ensure_dir_durably(folder);

    struct stat about {};

    if (::stat(folder.c_str(), &about) != 0 || about.st_uid != ::geteuid()) {
        return;
    }
    if ((about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        throw Error(
            ErrorKind::permission,
            fmt::format("{} is not safe: others may put files there", shown_path(folder)),
            fmt::format("look what lies there, then: chmod 700 {}", shell_word(folder.native())))
            .with_code("insecure_credential");
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        ::chmod(folder.c_str(), private_folder);
    }
}

}  // namespace batch::auth
