#include "cli/wait.hpp"

#include "cli/answer.hpp"
#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "core/base/error.hpp"

#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::vector<std::string> batches;
    std::string timeout;
    WaitOptions wait;
};

constexpr auto help = R"(Usage: batchctl wait BATCH... [OPTIONS]

  --any          until one of them is finished
  --fail-fast    until one of them failed or was aborted
  --start        start batchd meanwhile, if none is running
  --timeout D    stop waiting (exit 8); the batches go on

Exit: 8 if one is not finished, else 10 if one was aborted, else 1 if one has
failed items, else 0.  Ctrl-C: 130; the batches go on.

Examples:
  batchctl wait --timeout 10m @last
  batchctl wait --start 0e4c2a11

see batchctl-wait(1)
)";

int run(const Options& options, Context& context) {
    WaitOptions wanted = options.wait;
    if (wanted.start && context.globals().system) {
        throw Error(ErrorKind::usage,
                    "with --system the service's batchd does the work; --start is not for it",
                    "leave --start away");
    }
    if (!options.timeout.empty()) {
        wanted.timeout = parse_duration(options.timeout, "--timeout");
    }
    const auto batches = find_batches(context, options.batches);
    const int status = wait_for(context, batches, wanted);
    if (context.globals().json) {
        for (const Batch& each : batches) {
            if (const auto batch = context.store().reading().batch(each.no)) {
                print_batch(context, *batch);
            }
        }
    }
    return status;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batches, "Batches").required();
    arguments.flag("--any", options->wait.any, "Until one of them is finished");
    arguments.flag("--fail-fast", options->wait.fail_fast,
                   "Until one of them failed or was aborted");
    arguments.flag("--start", options->wait.start, "Start batchd meanwhile, if none is running");
    arguments.option("--timeout D", options->timeout, "Stop waiting after this time (exit 8)");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command wait_command;
constinit const Command wait_command{.name = "wait",
                                     .summary = "Wait for batches, exit with the verdict.",
                                     .help = help,
                                     .setup = setup};

}  // namespace batch::cli
