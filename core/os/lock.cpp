#include "core/os/lock.hpp"

#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// holder_of() borrows the lock for microseconds, longer if it is preempted meanwhile; whoever
/// meets that must not give up for it.
constexpr int most_tries = 200;
constexpr std::chrono::microseconds between_tries{500};

bool take(int fd, int mode) {
    while (::flock(fd, mode | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return false;
        }
        if (errno != EINTR) {
            throw system_error("lock a file", errno);
        }
    }
    return true;
}

bool is_still_at(int fd, const fs::path& path) {
    struct stat held {};

    struct stat there {};

    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &there) == 0 &&
           held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

void write_holder(int fd, std::string_view what_for) {
    const ProcessName self = own_name();
    const std::string line = json{{"for", what_for},
                                  {"version", BATCH_VERSION},
                                  {"pid", self.pid},
                                  {"start_time", self.start_time},
                                  {"boot_id", self.boot_id}}
                                 .dump() +
                             '\n';
    if (::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
        throw system_error("write a lock file", errno);
    }
}

/// Absent while the text is not (yet) that of a living process.
std::optional<Holder> parse_holder(int fd) {
    std::array<char, 1024> buffer{};
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), 0);
    const auto text =
        json::parse(buffer.data(), buffer.data() + std::max<ssize_t>(count, 0), nullptr, false);
    if (!text.is_object()) {
        return std::nullopt;
    }
    Holder holder{.what_for = text.value("for", ""),
                  .version = text.value("version", ""),
                  .pid = text.value("pid", 0),
                  .start_time = text.value("start_time", std::uint64_t{0}),
                  .boot_id = text.value("boot_id", "")};
    const auto stat = stat_of(holder.pid);
    if (!stat || stat->start_time != holder.start_time || holder.boot_id != boot_id()) {
        return std::nullopt;
    }
    holder.state = stat->state;
    return holder;
}

/// Whoever holds it without having written so is about to, or is only asking: worth a wait.
bool take_patiently(int fd) {
    for (int left = most_tries; !take(fd, LOCK_EX); --left) {
        if (left == 0 || parse_holder(fd)) {
            return false;
        }
        std::this_thread::sleep_for(between_tries);
    }
    return true;
}

}  // namespace

std::optional<FileLock> FileLock::try_lock(const fs::path& path, std::string_view what_for) {
    for (;;) {
        Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, private_file)};
        if (!fd) {
            throw system_error(fmt::format("open {}", path.native()), errno);
        }
        if (!take_patiently(fd.get())) {
            return std::nullopt;
        }
        if (is_still_at(fd.get(), path)) {
            FileLock lock{std::move(fd)};
            write_holder(lock.fd_.get(), what_for);
            return lock;
        }
    }
}

FileLock::~FileLock() {
    // The text goes first: between the two calls the lock is held by nobody known, never the
    // reverse.
    if (fd_ && ::ftruncate(fd_.get(), 0) != 0) {
        return;
    }
}

std::optional<Holder> holder_of(const fs::path& path) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw system_error(fmt::format("open {}", path.native()), errno);
    }
    // The holder writes its text right after it got the lock; wait for that a moment.
    for (int left = most_tries; left > 0; --left) {
        if (take(fd.get(), LOCK_SH)) {
            return std::nullopt;
        }
        if (auto holder = parse_holder(fd.get())) {
            return holder;
        }
        std::this_thread::sleep_for(between_tries);
    }
    return Holder{};
}

}  // namespace batch
