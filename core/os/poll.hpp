#pragma once

#include <chrono>
#include <optional>
#include <span>

#include <poll.h>

namespace batch {

/// Waits until one of the descriptors is ready; without a timeout as long as that takes.
///
/// False when the timeout passed.  A negative fd is skipped; a signal does not end the wait.
bool wait_for_any(std::span<pollfd> fds, std::optional<std::chrono::nanoseconds> timeout);

}  // namespace batch
