#include "daemon/reload.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/config/keys.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace batch {
namespace {

/// A batchd works on one state file and one queue as long as it lives.
bool needs_restart(std::string_view key) {
    return key == "state.path" || key.starts_with("queue.");
}

void tell(const Log& log, const Error& error) {
    if (!error.details().empty()) {
        for (const Error& each : error.details()) {
            tell(log, each);
        }
        return;
    }
    std::string text = error.what();
    text += text.ends_with('?') ? " The old configuration stays" : ". The old configuration stays";
    const auto& place = error.place();
    if (!place) {
        log.error("config", text);
        return;
    }
    const std::string name = std::filesystem::path(place->file).filename().string();
    log.error("config", fmt::format("{}:{}: {}", name, place->line, text),
              {{"file", place->file}, {"line", std::to_string(place->line), true}});
}

std::vector<std::string> changed_for_a_restart(const Settings& before, const Settings& after) {
    std::vector<std::string> names;
    for (const ConfigKey& key : config_keys()) {
        if (needs_restart(key.name) && key.print(before) != key.print(after)) {
            names.emplace_back(key.name);
        }
    }
    return names;
}

}  // namespace

bool reload(Config& config, const Log& log, const std::function<Config()>& read) {
    try {
        Config fresh = read();
        for (const std::string& warning : fresh.warnings) {
            log.warn("config", warning);
        }
        const auto names = changed_for_a_restart(config.settings, fresh.settings);
        fresh.settings.state.path = config.settings.state.path;
        fresh.settings.queue = config.settings.queue;
        config.settings = std::move(fresh.settings);
        log.info("reloaded", "the configuration was read again");
        if (!names.empty()) {
            log.warn("needs_restart",
                     fmt::format("changed, but needs a restart: {}", join(names, ", ")));
        }
        return true;
    } catch (const Error& error) {
        tell(log, error);
        return false;
    }
}

}  // namespace batch
