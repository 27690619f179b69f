#pragma once

#include "core/config/environment.hpp"
#include "core/config/settings.hpp"

#include <filesystem>
#include <string_view>

namespace batch {

/// Where things are by default: the XDG folders of the user, or those of the system.
struct Folders {
    std::filesystem::path etc = "/etc/batch";
    std::filesystem::path config;  ///< $XDG_CONFIG_HOME/batch; empty with --system
    std::filesystem::path state;   ///< $XDG_STATE_HOME/batch, or /var/lib/batch
    std::filesystem::path data;    ///< $XDG_DATA_HOME/batch; empty with --system
    std::filesystem::path home;    ///< what ~ means
};

/// Variables that are empty or no absolute path count as not set (XDG base directories).
Folders folders(Mode mode, const Environment& environment);

/// "~" and "~/x" with the home folder; other paths as they are.
std::filesystem::path expand_home(std::string_view path, const std::filesystem::path& home);

/// The inverse, for messages: "~/.local/state/batch/state.db".
std::string shorten_home(const std::filesystem::path& path, const std::filesystem::path& home);

/// The same with the home of this process's user.
std::string shown_path(const std::filesystem::path& path);

}  // namespace batch
