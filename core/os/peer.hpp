#pragma once

#include <optional>

#include <sys/types.h>

namespace batch {

/// Whose process is at the other end of a TCP connection within this machine (proc(5),
/// /proc/net/tcp); absent if that cannot be seen.
std::optional<uid_t> uid_of_peer(int fd);

}  // namespace batch
