#pragma once

#include "core/base/error.hpp"
#include "core/config/settings.hpp"
#include "daemon/engine.hpp"

#include <optional>
#include <string>

namespace batch {

/// How batchd was called.
struct DaemonRequest {
    Mode mode = Mode::user;
    std::optional<std::string> state;
    std::optional<std::string> config;
    std::optional<std::string> log_format;
    Leave leave = Leave::on_signal;
    bool only_check = false;
};

/// From the configuration to the loop and back: lock, state file, bell, engine.  Returns the exit
/// status.  Throws Error{conflict} if another batchd works on the file.
int run_daemon(const DaemonRequest& request);

}  // namespace batch
