#include "core/os/poll.hpp"

#include "core/base/error.hpp"
#include "core/base/time.hpp"

#include <algorithm>
#include <cerrno>

namespace batch {

bool wait_for_any(std::span<pollfd> fds, std::optional<std::chrono::nanoseconds> timeout) {
    using namespace std::chrono;
    const BootTime end = BootClock::now() + timeout.value_or(nanoseconds{0});
    for (nanoseconds left = timeout.value_or(nanoseconds{0});;) {
        left = std::max(left, nanoseconds{0});
        const auto whole = duration_cast<seconds>(left);
        const timespec wait{.tv_sec = whole.count(), .tv_nsec = (left - whole).count()};
        const int ready = ::ppoll(fds.data(), fds.size(), timeout ? &wait : nullptr, nullptr);
        if (ready >= 0) {
            return ready > 0;
        }
        if (errno != EINTR) {
            throw system_error("wait for descriptors", errno);
        }
        left = end - BootClock::now();
    }
}

}  // namespace batch
