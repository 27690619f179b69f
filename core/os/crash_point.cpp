#include "core/os/crash_point.hpp"

#if BATCH_CRASH_POINTS

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

namespace batch {
namespace {

struct Wanted {
    std::string name;
    int times = 1;
};

Wanted wanted() {
    const char* const text = std::getenv("CRASH_POINT");  // NOLINT(concurrency-mt-unsafe)
    std::string name = text != nullptr ? text : "";
    const auto colon = name.find(':');
    const int times = colon == std::string::npos ? 1 : std::atoi(name.c_str() + colon + 1);
    return {name.substr(0, colon), times};
}

}  // namespace

void crash_point(const char* name) {
    static Wanted next = wanted();
    if (next.name == name && --next.times == 0) {
        ::kill(::getpid(), SIGKILL);
    }
}

}  // namespace batch

#endif
