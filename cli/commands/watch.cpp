#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/wait.hpp"

#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::vector<std::string> batches;
    std::string timeout;
};

constexpr auto help = R"(Usage: batchctl watch [BATCH...] [OPTIONS]

Shows how batches get on until all of them are finished; without BATCH all that
are not.  Ends with their verdict, as batchctl wait does.

  --timeout D    stop after this time (exit 8)

Examples:
  batchctl watch
  batchctl watch @last

see batchctl-watch(1)
)";

std::vector<Batch> wanted_batches(const Options& options, Context& context) {
    if (options.batches.empty()) {
        return context.store().reading().batches(
            {.statuses = {BatchStatus::submitted, BatchStatus::queued, BatchStatus::running}});
    }
    return find_batches(context, options.batches);
}

int run(const Options& options, Context& context) {
    WaitOptions wait{.live = true};
    if (!options.timeout.empty()) {
        wait.timeout = parse_duration(options.timeout, "--timeout");
    }
    const std::vector<Batch> batches = wanted_batches(options, context);
    if (batches.empty()) {
        note("no batch is unfinished");
        return 0;
    }
    return wait_for(context, batches, wait);
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batches, "Batches; without any: all that are not finished");
    arguments.option("--timeout D", options->timeout, "Stop after this time (exit 8)");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command watch_command;
constinit const Command watch_command{.name = "watch",
                                      .summary = "Show batches live, exit with the verdict.",
                                      .help = help,
                                      .setup = setup};

}  // namespace batch::cli
