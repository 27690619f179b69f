// LD_PRELOAD: the wall clock of a program, moved by the seconds in the file $WALL_CLOCK_OFFSET
// names (eight bytes, as they lie in memory), and likewise the boot-time clock with
// $BOOT_CLOCK_OFFSET.  Other clocks go on as they are.

#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

using Offset = const volatile std::int64_t*;

Offset map_offset(const char* variable) {
    const char* const path = std::getenv(variable);
    const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    void* const bytes =
        fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0) {
        ::close(fd);
    }
    return bytes == MAP_FAILED ? nullptr : static_cast<Offset>(bytes);
}

std::int64_t offset_of(clockid_t clock) {
    static const Offset wall = map_offset("WALL_CLOCK_OFFSET");
    static const Offset boot = map_offset("BOOT_CLOCK_OFFSET");
    const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    const Offset seconds = is_wall ? wall : clock == CLOCK_BOOTTIME ? boot : nullptr;
    return seconds == nullptr ? 0 : *seconds;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    if (result == 0) {
        time->tv_sec += offset_of(clock);
    }
    return result;
}

int gettimeofday(timeval* time, void*) noexcept {
    timespec now{};
    const int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t* out) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
}
