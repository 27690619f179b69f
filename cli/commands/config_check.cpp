#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/report.hpp"
#include "core/config/config.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl config check

Reads the configuration as every command would and tells what is wrong with
it, with file and line. Exit 0: fine, 2: not.

see batchctl-config(1), batch-config(5)
)";

int run(Context& context) {
    const Config& config = context.config();  // throws what is wrong
    for (const auto& file : config.files) {
        say(fmt::format("ok  {}", context.show(file)));
    }
    if (config.files.empty()) {
        say("ok  no configuration file: defaults and variables");
    }
    return config.warnings.empty() ? 0 : 1;
}

Action setup(CLI::App&) {
    return run;
}

}  // namespace

extern const Command config_check_command;
constinit const Command config_check_command{
    .name = "config check",
    .summary = "Tell what is wrong with the configuration.",
    .help = help,
    .setup = setup};

}  // namespace batch::cli
