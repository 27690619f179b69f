// LD_PRELOAD: a system that refuses what it usually grants.
//
// SPAWN_REFUSED=PATH      while there is such a file no program can be started (EAGAIN)
// MALLOC_REFUSED=NAME:N   in the program NAME the N-th piece of memory cannot be had
// MALLOC_COUNT=PATH       how many pieces a program asked for is written there when it ends
// STATFS_TYPE=NUMBER      every file system is of this type (statfs(2))
// RANDOM_REFUSED=1        there is no randomness (RAND_bytes(3ssl))

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/statfs.h>
#include <unistd.h>

extern "C" {

int RAND_bytes(unsigned char* bytes, int count) {
    using Function = int (*)(unsigned char*, int);
    static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "RAND_bytes"));
    return std::getenv("RANDOM_REFUSED") == nullptr && real != nullptr ? real(bytes, count) : 0;
}

// The allocator of glibc, under the names that it has for this.
void* __libc_malloc(std::size_t size);                     // NOLINT
void* __libc_calloc(std::size_t count, std::size_t size);  // NOLINT
void* __libc_realloc(void* old, std::size_t size);         // NOLINT
}

namespace {

std::atomic<long> pieces{0};
std::atomic<long> refused_piece{-1};

// No memory may be asked for here, so it is read before main() and not at the first piece.
__attribute__((constructor)) void read_variables() {
    const char* const which = std::getenv("MALLOC_REFUSED");
    const char* const number = which == nullptr ? nullptr : std::strrchr(which, ':');
    const std::size_t length = std::strlen(program_invocation_short_name);
    if (number != nullptr && static_cast<std::size_t>(number - which) == length &&
        std::strncmp(which, program_invocation_short_name, length) == 0) {
        refused_piece = std::atol(number + 1);
    }
    pieces = 0;
}

__attribute__((destructor)) void write_count() {
    const char* const path = std::getenv("MALLOC_COUNT");
    const int fd = path == nullptr ? -1 : ::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0) {
        ::dprintf(fd, "%ld", pieces.load());
        ::close(fd);
    }
}

bool is_refused() {
    if (++pieces != refused_piece) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
    return is_refused() ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    return is_refused() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) noexcept {
    return is_refused() ? nullptr : __libc_realloc(old, size);
}

int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const argv[], char* const env[]) {
    const char* const path = std::getenv("SPAWN_REFUSED");
    if (path != nullptr && ::access(path, F_OK) == 0) {
        return EAGAIN;
    }
    return real<decltype(posix_spawnp)>("posix_spawnp")(pid, file, actions, attributes, argv, env);
}

int statfs(const char* path, struct statfs* info) noexcept {
    const int result = real<int(const char*, struct statfs*)>("statfs")(path, info);
    if (const char* const type = std::getenv("STATFS_TYPE")) {
        info->f_type = std::strtol(type, nullptr, 0);
    }
    return result;
}
}
