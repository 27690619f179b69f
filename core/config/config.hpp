#pragma once

#include "core/base/error.hpp"
#include "core/config/environment.hpp"
#include "core/config/folders.hpp"
#include "core/config/settings.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// What the command line says about the configuration.
struct ConfigRequest {
    Mode mode = Mode::user;
    std::optional<std::filesystem::path> file;   ///< --config: read instead of all other files
    std::optional<std::filesystem::path> state;  ///< --state
    std::optional<std::string> log_format;       ///< --log-format
    Environment environment;
    /// Tests look elsewhere than in /etc/batch.
    std::filesystem::path etc = "/etc/batch";
};

/// The settings, and where each of them comes from.
struct Config {
    Settings settings;
    Folders folders;
    std::vector<std::string> origins;          ///< parallel to config_keys()
    std::vector<std::filesystem::path> files;  ///< those that were read, in that order
    std::vector<std::string> warnings;         ///< unknown BATCH_* variables, ...
};

/// Reads all sources: flag > BATCH_* variable > file > default; the files are
/// /etc/batch/config.toml, /etc/batch/conf.d/*.toml and (user mode) the same in
/// $XDG_CONFIG_HOME/batch, later ones win.  BATCH_CONFIG is as good as --config.
///
/// Throws Error{config} with the place; several problems come as its details.
Config load_config(const ConfigRequest& request);

/// For this process: load_config() with its environment.
Config load_config(Mode mode, std::optional<std::filesystem::path> file = {},
                   std::optional<std::filesystem::path> state = {});

/// One line of `config show`.
struct ConfigEntry {
    std::string key;     ///< "workers.max"
    std::string value;   ///< as in TOML: 64, "1s..1m", ["a", "b"]
    std::string origin;  ///< "FILE:LINE", "BATCH_WORKERS_MAX", "--state" or "default"
};

std::vector<ConfigEntry> entries(const Config& config);

/// One line of `config paths`.
struct ConfigPath {
    std::string name;
    std::filesystem::path path;
    bool exists = false;
};

/// Every file that is or would be read, and the state.
std::vector<ConfigPath> paths(const Config& config);

}  // namespace batch
