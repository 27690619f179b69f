#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "core/config/config.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl config show

Every setting as a line of TOML, and where it comes from: a file and line, a
variable, an option, or the default.

Example:
  batchctl config show | grep workers

see batchctl-config(1), batch-config(5)
)";

void print_records(Context& context) {
    Records records(context, "config show",
                    {{.field = "key"}, {.field = "value"}, {.field = "origin"}},
                    {"v", "key", "value", "origin"});
    for (const ConfigEntry& entry : entries(context.config())) {
        records.add(
            {{"v", 1}, {"key", entry.key}, {"value", entry.value}, {"origin", entry.origin}});
    }
    records.finish();
}

int run(Context& context) {
    const Globals& globals = context.globals();
    if (globals.json || !globals.format.empty() || !globals.fields.empty()) {
        print_records(context);
        return 0;
    }
    for (const ConfigEntry& entry : entries(context.config())) {
        if (!put(fmt::format("{:<40} # origin: {}\n", entry.key + " = " + entry.value,
                             entry.origin))) {
            break;
        }
    }
    return 0;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command config_show_command;
constinit const Command config_show_command{.name = "config show",
                                            .summary = "Show every setting and its origin.",
                                            .help = help,
                                            .setup = setup};

}  // namespace batch::cli
