#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "cli/plugins.hpp"
#include "core/base/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl plugin list

The plugins that steps can name, and where they were found. A plugin that
cannot describe itself is listed with the reason.

see batchctl-plugin(1), batch-plugin(7)
)";

Json record_of(const InstalledPlugin& plugin) {
    Json record{{"v", 1},        {"name", plugin.name},    {"version", nullptr},
                {"summary", ""}, {"concurrency", nullptr}, {"path", plugin.path.string()}};
    try {
        const Manifest manifest = describe_plugin(plugin.path);
        record["version"] = manifest.version;
        record["summary"] = manifest.summary;
        record["concurrency"] = manifest.concurrency;
    } catch (const Error& error) {
        record["summary"] = error.what();
    }
    return record;
}

int run(Context& context) {
    Records records(
        context, "plugin list",
        {{.field = "name"}, {.field = "version"}, {.field = "summary"}, {.field = "path"}},
        {"v", "name", "version", "summary", "concurrency", "path"});
    for (const InstalledPlugin& plugin : Plugins(context).catalogue().list()) {
        if (!records.add(record_of(plugin))) {
            break;
        }
    }
    records.finish();
    return 0;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command plugin_list_command;
constinit const Command plugin_list_command{
    .name = "plugin list", .summary = "List the plugins.", .help = help, .setup = setup};

}  // namespace batch::cli
