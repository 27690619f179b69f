#pragma once

#include "core/os/fd.hpp"

namespace batch {

/// Takes BATCH_ACCESS_TOKEN out of the environment, where every child and /proc/PID/environ would
/// have it, into a file without a name, which BATCH_ACCESS_TOKEN_FILE names instead: the plugins
/// that use a login can open it while this process lives.
///
/// Start of main(), before there are threads.  Returns what keeps the file; empty if there is no
/// token.
Fd take_access_token();

}  // namespace batch
