#pragma once

#include "core/config/config.hpp"
#include "daemon/log.hpp"

#include <functional>

namespace batch {

/// What HUP does: `config` gets the settings that `read` finds now, but for those that need a
/// restart, and the log says what came of it.  If `read` throws, all stays as it is.  True if the
/// settings were taken over.
bool reload(Config& config, const Log& log, const std::function<Config()>& read);

}  // namespace batch
