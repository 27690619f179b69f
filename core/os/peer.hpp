#pragma once

#include <sys/types.h>

namespace batch {

/// Whether a process of this user is at the other end of a TCP connection within this machine, by
/// the kernel's tables of connections (proc(5), /proc/net/tcp and tcp6).  True also where there are
/// no such tables; not if the connection is in none of them.
bool is_peer_of(uid_t uid, int fd);

}  // namespace batch
