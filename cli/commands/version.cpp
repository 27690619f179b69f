#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "core/plugin/manifest.hpp"
#include "core/store/store.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl version [OPTIONS]
       batchctl --version

With --json also the versions of the state file and of the plugin protocol.

see batchctl-version(1)
)";

int run(Context& context) {
    if (!context.globals().json) {
        put(fmt::format("batchctl {}\n", BATCH_VERSION));
        return 0;
    }
    put(dump(Json{{"v", 1},
                  {"version", BATCH_VERSION},
                  {"state", newest_state_version()},
                  {"plugin_protocol", plugin_protocol}}) +
        "\n");
    return 0;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command version_command;
constinit const Command version_command{
    .name = "version", .summary = "Print the version.", .help = help, .setup = setup};

}  // namespace batch::cli
