#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "core/config/config.hpp"
#include "core/plugin/catalogue.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl config paths

The files that are or would be read, and the folders of state and plugins.

see batchctl-config(1)
)";

int run(Context& context) {
    Records records(context, "config paths",
                    {{.field = "name"}, {.field = "exists"}, {.field = "path"}},
                    {"v", "name", "path", "exists"});
    const Config& config = context.config();
    auto places = paths(config);
    for (const auto& folder : plugin_folders(config.folders.data, config.settings.plugins.path)) {
        std::error_code ignored;  // one that may not be looked into does not exist for us
        places.push_back({"plugins", folder, std::filesystem::exists(folder, ignored)});
    }
    for (const ConfigPath& each : places) {
        records.add(
            {{"v", 1}, {"name", each.name}, {"path", each.path.string()}, {"exists", each.exists}});
    }
    records.finish();
    return 0;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command config_paths_command;
constinit const Command config_paths_command{.name = "config paths",
                                             .summary = "Show where files are looked for.",
                                             .help = help,
                                             .setup = setup};

}  // namespace batch::cli
