#pragma once

#include "core/base/error.hpp"
#include "core/os/child.hpp"
#include "core/plugin/frames.hpp"
#include "daemon/plugins/exec/run.hpp"

#include <optional>
#include <string>

namespace batch::exec {

/// What an exit means for the item; absent: it is done.
std::optional<ErrorClass> class_of(const Exit& exit, const Options& options);

/// Appends the log frames and the result or error of a command that has ended.
void append_answer(std::string& out, Run& run);

/// Appends what is new in the log of a command that runs.
void append_new_log(std::string& out, Run& run);

void append_error(std::string& out, std::uint64_t id, const PluginError& error);

/// Why a command could not even be started, or its output not be kept.
PluginError failure_of(const Error& error);

}  // namespace batch::exec
