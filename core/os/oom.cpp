#include "core/os/oom.hpp"

#include "core/os/fd.hpp"

#include <array>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace batch {
namespace {

constexpr std::string_view adjustment = "500";  // of 1000: like half of the memory in use

}  // namespace

void offer_to_oom_killer(pid_t pid) noexcept {
    std::array<char, 40> path{};
    std::snprintf(path.data(), path.size(), "/proc/%d/oom_score_adj", pid);
    const Fd file{::open(path.data(), O_WRONLY | O_CLOEXEC)};
    if (file) {
        [[maybe_unused]] const ssize_t ignored =
            ::write(file.get(), adjustment.data(), adjustment.size());
    }
}

}  // namespace batch
