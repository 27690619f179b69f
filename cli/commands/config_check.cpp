#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/findings.hpp"
#include "core/base/error.hpp"
#include "core/config/config.hpp"
#include "core/queue/queue.hpp"

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl config check

Reads the configuration as every command would and tells what is wrong with
it, with file and line. Exit 0: fine (warnings are allowed), 2: not.

Example:
  batchctl config check --config new.toml

see batchctl-config(1), batch-config(5)
)";

int run(Context& context) {
    Findings findings(context, "config check");
    try {
        const Config& config = context.quiet_config();
        for (const std::string& warning : config.warnings) {
            findings.tell({"config", Health::warn, warning, "see them all: man batch-config"});
        }
        for (const auto& file : config.files) {
            findings.tell({"config", Health::ok, context.show(file), ""});
        }
        if (config.files.empty()) {
            findings.tell(
                {"config", Health::ok, "no configuration file: defaults and variables", ""});
        }
        check(config.settings.queue);
    } catch (const Error& error) {
        findings.tell("config", error);
    }
    findings.finish();
    return findings.problems() == 0 ? 0 : exit_status(ErrorKind::config);
}

Action setup(Arguments&) {
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
