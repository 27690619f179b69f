#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/submit/submit.hpp"
#include "core/base/error.hpp"

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl run ROWS [OPTIONS] [-- COMMAND ARG...]
       batchctl run JOB.toml [ROWS] [OPTIONS]

The same as `batchctl submit --wait --start`, with the same options: see
batchctl submit --help. Without a batchd it starts one for the time being.
Ctrl-C keeps the batch; --on-interrupt cancel is for CI.

Examples:
  batchctl run students.csv -t card.html --to pdf -d ./cards -o '{name}'
  batchctl run urls.txt -j 8 --retries 3 -- curl -sSfO {}
  batchctl run --args *.wav -- lame {} {:dir}/{:stem}.mp3

Exit: 0 all done, 1 some failed, 8 not finished, 10 aborted

The rest: --help-all, man batchctl-run
)";

int run(SubmitOptions options, Context& context) {
    const bool system = context.globals().system;
    if (system && options.start) {
        throw Error(ErrorKind::usage,
                    "with --system the service's batchd does the work; --start is not for it",
                    "leave --start away");
    }
    options.verb = "run";
    options.wait = true;
    options.start = !system;
    return submit(context, std::move(options));
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<SubmitOptions>();
    add_submit_options(arguments, *options);
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command run_command;
constinit const Command run_command{.name = "run",
                                    .summary = "Submit rows, work them off, exit with the verdict.",
                                    .help = help,
                                    .setup = setup,
                                    .makes_state = true};

}  // namespace batch::cli
