#include "core/config/config.hpp"

#include "core/config/loader.hpp"

namespace batch {

Config load_config(const ConfigRequest& request) {
    Loader loader(request);
    loader.read_files();
    loader.read_variables();
    return loader.finish();
}

Config load_config(Mode mode, std::optional<std::filesystem::path> file,
                   std::optional<std::filesystem::path> state) {
    return load_config({.mode = mode,
                        .file = std::move(file),
                        .state = std::move(state),
                        .environment = process_environment()});
}

namespace {

/// "/home/ada/x" as "~/x", also in a list: that is how files say it.
std::string with_tilde(std::string value, const std::string& home) {
    const std::string from = "\"" + home + "/";
    for (auto at = value.find(from); at != std::string::npos; at = value.find(from, at + 1)) {
        value.replace(at, from.size(), "\"~/");
    }
    return value;
}

}  // namespace

std::vector<ConfigEntry> entries(const Config& config) {
    std::vector<ConfigEntry> lines;
    std::size_t index = 0;
    for (const ConfigKey& key : config_keys()) {
        std::string value = key.print(config.settings);
        if (!key.usual.empty() && value == key.print(Settings{})) {
            value = key.usual;
        }
        lines.push_back({std::string(key.name),
                         with_tilde(std::move(value), config.folders.home.string()),
                         config.origins[index++]});
    }
    return lines;
}

std::vector<ConfigPath> paths(const Config& config) {
    const Folders& places = config.folders;
    std::vector<ConfigPath> list;
    const auto add = [&list](std::string name, const std::filesystem::path& path) {
        std::error_code ignored;  // a folder we may not look into does not exist for us
        list.push_back({std::move(name), path, std::filesystem::exists(path, ignored)});
    };
    add("system config", places.etc / "config.toml");
    add("system config", places.etc / "conf.d");
    if (!places.config.empty()) {
        add("user config", places.config / "config.toml");
        add("user config", places.config / "conf.d");
    }
    add("state", config.settings.state.path);
    add("outputs", config.settings.state.path.parent_path() / "outputs");
    return list;
}

}  // namespace batch
