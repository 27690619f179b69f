// How fast this machine runs a program:  limit_spawn COUNT AT_ONCE PROGRAM
//
// posix_spawn and wait, nothing else; prints seconds, and seconds of CPU.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double cpu(int whose) {
    rusage used{};
    getrusage(whose, &used);
    const auto seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
    const auto rest = used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    return static_cast<double>(seconds) + static_cast<double>(rest) / 1e6;
}

void run(char* program, long count) {
    char* argv[] = {program, nullptr};
    for (; count > 0; --count) {
        pid_t pid = 0;
        if (posix_spawn(&pid, program, nullptr, nullptr, argv, environ) != 0) {
            std::perror(program);
            std::exit(1);
        }
        waitpid(pid, nullptr, 0);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: limit_spawn COUNT AT_ONCE PROGRAM\n", stderr);
        return 2;
    }
    const long count = std::atol(argv[1]);
    const long at_once = std::atol(argv[2]);
    const double begin = now();
    {
        std::vector<std::jthread> threads;
        for (long i = 0; i < at_once; ++i) {
            threads.emplace_back(run, argv[3], count / at_once);
        }
    }
    std::printf("%.6f %.6f\n", now() - begin, cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN));
}
