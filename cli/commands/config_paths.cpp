#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "core/config/config.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

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
    for (const ConfigPath& each : paths(context.config())) {
        records.add(
            {{"v", 1}, {"name", each.name}, {"path", each.path.string()}, {"exists", each.exists}});
    }
    records.finish();
    return 0;
}

Action setup(CLI::App&) {
    return run;
}

}  // namespace

extern const Command config_paths_command;
constinit const Command config_paths_command{.name = "config paths",
                                             .summary = "Show where files are looked for.",
                                             .help = help,
                                             .setup = setup};

}  // namespace batch::cli
