// Runs a command and tells what it took:  launch RESULT COUNT COMMAND...
//
// RESULT gets a line per run: begin and end (CLOCK_MONOTONIC, s), seconds of CPU, peak KiB, exit
// status.  The peak of a child begins with that of its parent, so the parent must be this small.

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace {

double now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fputs("usage: launch RESULT COUNT COMMAND...\n", stderr);
        return 2;
    }
    std::FILE* const result = std::fopen(argv[1], "we");
    if (result == nullptr) {
        std::perror(argv[1]);
        return 1;
    }
    for (long left = std::atol(argv[2]); left > 0; --left) {
        const double begin = now();
        pid_t pid = 0;
        if (posix_spawnp(&pid, argv[3], nullptr, nullptr, argv + 3, environ) != 0) {
            std::perror(argv[3]);
            return 1;
        }
        int status = 0;
        rusage used{};
        wait4(pid, &status, 0, &used);
        std::fprintf(result, "%.9f %.9f %.6f %ld %d\n", begin, now(),
                     seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss,
                     WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    std::fclose(result);
}
