#pragma once

#include "core/config/settings.hpp"
#include "core/config/toml.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace batch {

/// A value as it came from a file or a variable, on its way into the settings.
struct RawSetting {
    const TomlValue& value;
    std::string_view key;
    const std::filesystem::path& home;
    /// A variable is only text: numbers and lists (separated by ":") are read from it.
    bool is_variable = false;
};

/// One thing that can be configured.
struct ConfigKey {
    std::string_view name;                                    ///< "workers.max"
    void (*read)(Settings& settings, const RawSetting& raw);  ///< throws Error{config}, no place
    std::string (*print)(const Settings& settings);           ///< as in TOML
    std::string_view usual =
        {};  ///< the default as people write it, where print() says it otherwise
};

std::span<const ConfigKey> config_keys() noexcept;

/// "BATCH_WORKERS_MAX".
std::string variable_of(std::string_view key);

}  // namespace batch
