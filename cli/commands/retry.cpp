#include "cli/answer.hpp"
#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/doorbell.hpp"
#include "cli/output/table.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "cli/wait.hpp"
#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

#include <memory>

namespace batch::cli {
namespace {

constexpr std::size_t largest_template = 16 << 20;

struct Options {
    std::string batch;
    std::string status = "failed";
    std::string cause;
    std::string item_timeout;
    std::optional<int> retries;
    std::optional<int> concurrency;
    bool wait = false;
    bool start = false;
    std::string timeout;
};

constexpr auto help = R"(Usage: batchctl retry BATCH[:ITEMS] [OPTIONS]

Runs failed items of a finished batch again, in the same batch, with tries of
their own.  A done item never runs again.  Prints the batch's id.

  --status S           failed or cancelled items (failed)
  --cause CODE         only those that failed so, such as timeout or exit_22
  --item-timeout D     a new limit for one attempt at one item
  --retries N          a new number of tries after a failure
  -j, --concurrency N  a new number of workers at once
  --wait               wait for the end, exit with the verdict
  --start              start batchd meanwhile, if none is running
  --timeout D          stop waiting (exit 8); the batch goes on

Examples:
  batchctl retry @last --wait --start
  batchctl retry 0e4c2a11 --cause timeout --item-timeout 60s --wait --start

see batchctl-retry(1)
)";

void check_options(const Options& options, const Context& context) {
    if (!options.timeout.empty() && !options.wait) {
        throw Error(ErrorKind::usage,
                    "--timeout is how long this command waits, and without --wait it does not wait",
                    "for one attempt at one item: --item-timeout " + options.timeout);
    }
    if (options.start && !options.wait) {
        throw Error(ErrorKind::usage,
                    "--start is for the time of waiting, and without --wait it does not wait",
                    "both: --wait --start");
    }
    if (options.start && context.globals().system) {
        throw Error(ErrorKind::usage,
                    "with --system the service's batchd does the work; --start is not for it",
                    "leave --start away");
    }
}

RetryWish wish_of(const Options& options, const Named& named, Context& context) {
    RetryWish wish{
        .ranges = named.items,
        .status = options.status == "failed" ? ItemStatus::failed : ItemStatus::cancelled,
        .cause = options.cause,
        .retries = options.retries,
        .concurrency = options.concurrency,
        .local_queue = is_local(context.settings().queue)};
    if (!options.item_timeout.empty()) {
        wish.item_timeout = parse_duration(options.item_timeout, "--item-timeout");
    }
    return wish;
}

/// "trying 30 failed items again, 60s each; 7 stay failed"
std::string sentence(const Options& options, const Touched& touched) {
    const Counts& counts = touched.after.counts;
    const auto left = options.status == "failed" ? counts.failed : counts.cancelled;
    std::string text = fmt::format("trying {} {} {} again", grouped(touched.changed),
                                   options.status, touched.changed == 1 ? "item" : "items");
    if (!options.item_timeout.empty()) {
        text += fmt::format(", {} each", options.item_timeout);
    }
    if (left > 0) {
        text +=
            fmt::format("; {} {} {}", grouped(left), left == 1 ? "stays" : "stay", options.status);
    }
    return text;
}

/// Whoever mended the template would wonder: a batch keeps the one it was submitted with.
void note_changed_templates(const Batch& batch) {
    for (const Step& step : batch.plan.steps) {
        std::error_code ignored;
        if (!step.template_ref || step.template_ref->version ||
            !std::filesystem::is_regular_file(step.template_ref->name, ignored)) {
            continue;
        }
        const std::string text = read_file(step.template_ref->name, largest_template);
        if (sha256_hex(text) != step.template_ref->sha256) {
            note(fmt::format("{} has changed since; this batch keeps its own version",
                             step.template_ref->name));
        }
    }
}

int wait_for_it(const Options& options, const Batch& batch, Context& context) {
    WaitOptions wait{.start = options.start};
    if (!options.timeout.empty()) {
        wait.timeout = parse_duration(options.timeout, "--timeout");
    }
    const int status = wait_for(context, {batch}, wait);
    if (context.globals().json) {
        print_batch(context, context.store().reading().batch(batch.no).value_or(batch));
    }
    return status;
}

int run(const Options& options, Context& context) {
    check_options(options, context);
    check(context.settings().queue);
    const Named named = find_batch(context, options.batch, Items::allowed);
    check_items(named);
    const RetryWish wish = wish_of(options, named, context);
    const Touched touched = context.store().steering().retry(named.batch.no, wish);
    if (!context.globals().json) {
        put(touched.after.id + "\n");
        flush_out();
    }
    say(sentence(options, touched));
    note_changed_templates(touched.after);
    ring_for(context, touched.after);
    context.hang_up();
    if (options.wait) {
        return wait_for_it(options, touched.after, context);
    }
    if (context.globals().json) {
        print_batch(context, touched.after);
    }
    if (!Reasons(context, context.store()).is_anyone_working()) {
        warn_nobody_works(context);
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batch, "Batch, or some of its items: BATCH:5-9").required();
    arguments.option("--status S", options->status, "Which items: failed or cancelled")
        .choices({"failed", "cancelled"});
    arguments.option("--cause CODE", options->cause, "Only those that failed with this code");
    arguments.option("--item-timeout D", options->item_timeout,
                     "New limit for one attempt at one item");
    arguments.option("--retries N", options->retries, "New number of tries after a failure")
        .between(0, 1000);
    arguments.option("-j,--concurrency N", options->concurrency, "New number of workers at once")
        .between(1, 10'000);
    arguments.flag("--wait", options->wait, "Wait for the end, exit with the verdict");
    arguments.flag("--start", options->start, "Start batchd meanwhile, if none is running");
    arguments.option("--timeout D", options->timeout, "Stop waiting after this time (exit 8)");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command retry_command;
constinit const Command retry_command{
    .name = "retry", .summary = "Run failed items of a batch again.", .help = help, .setup = setup};

}  // namespace batch::cli
