#pragma once

#include "core/os/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace batch {

/// Who has a lock file locked.
struct Holder {
    std::string what_for;  ///< "batchd", "batchctl cancel"; empty: not known
    std::string version;
    pid_t pid = 0;
    std::uint64_t start_time = 0;
    std::string boot_id;
    char state = '?';  ///< of /proc/PID/stat: R, S, D, T (stopped), Z

    bool stopped() const noexcept { return state == 'T' || state == 't'; }
};

/// An exclusive flock(2) on a file of its own, which says who holds it.
///
/// Close-on-exec, so no child keeps it; the kernel lets it go when we die, however we die.  The
/// file itself is never removed: a second process could hold the removed one.
class FileLock {
public:
    /// Absent if somebody else holds it.  Makes the file (0600) if it is not there.
    static std::optional<FileLock> try_lock(const std::filesystem::path& path,
                                            std::string_view what_for);

    FileLock(FileLock&&) noexcept = default;
    FileLock& operator=(FileLock&&) noexcept = default;

    /// Lets go; the file no longer names us.
    ~FileLock();

private:
    explicit FileLock(Fd fd) noexcept : fd_{std::move(fd)} {}

    Fd fd_;
};

/// Who holds the lock now; absent if nobody does, whatever the file says.
std::optional<Holder> holder_of(const std::filesystem::path& path);

}  // namespace batch
