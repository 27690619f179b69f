#include "cli/cancel.hpp"

#include "cli/answer.hpp"
#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::vector<std::string> batches;
    std::string reason;
};

constexpr auto help = R"(Usage: batchctl cancel BATCH[:ITEMS]... [OPTIONS]

Items that wait end at once; those at work are killed with everything they
started.  Done and failed items stay as they are.  It needs no batchd.

  --reason TEXT    why; shown by batchctl status

Examples:
  batchctl cancel 0e4c2a11
  batchctl cancel 0e4c2a11:4900-4999 --reason 'wrong address'

see batchctl-cancel(1)
)";

std::string about_batch(const Cancelled& cancelled) {
    const Counts& counts = cancelled.after.counts;
    std::string text = "cancelled " + short_id(cancelled.after.id);
    std::string separator = ": ";
    if (cancelled.at_work > 0) {
        text += fmt::format("{}{} at work {} stopped", separator, plural(cancelled.at_work, "item"),
                            cancelled.at_work == 1 ? "was" : "were");
        separator = ", ";
    }
    if (counts.done > 0) {
        text += fmt::format("{}{} done {}", separator, grouped(counts.done),
                            counts.done == 1 ? "one stays" : "ones stay");
    } else if (cancelled.at_work == 0) {
        text += fmt::format("{}none of its {} was begun", separator, plural(counts.total, "item"));
    }
    return text;
}

std::string about_items(const Cancelled& cancelled) {
    const auto others = cancelled.after.counts.total - cancelled.ended;
    return fmt::format("cancelled {} of {}; the other {} {}", plural(cancelled.ended, "item"),
                       short_id(cancelled.after.id), grouped(others),
                       others == 1 ? "stays" : "stay");
}

int cancel_one(const Named& named, const Options& options, Context& context) {
    const std::string id = short_id(named.batch.id);
    if (is_final(named.batch.status)) {
        answer_unchanged(
            context, named.batch,
            fmt::format("{} is {} already: nothing to cancel", id, word_of(named.batch.status)));
        return 0;
    }
    const Cancelled cancelled =
        cancel(context, named.batch, named.items, cancelled_by(user_name(), options.reason));
    if (!cancelled.stopped) {
        return report(not_stopped(cancelled.after));
    }
    if (!named.items.empty() && cancelled.ended == 0) {
        answer_unchanged(
            context, cancelled.after,
            fmt::format("these items of {} are finished already: nothing to cancel", id));
        return 0;
    }
    answer(context, cancelled.after,
           named.items.empty() ? about_batch(cancelled) : about_items(cancelled));
    return 0;
}

int run(const Options& options, Context& context) {
    std::vector<Named> all;
    for (const std::string& name : options.batches) {
        all.push_back(find_batch(context, name, Items::allowed));
        check_items(all.back());
    }
    int status = 0;
    for (const Named& named : all) {
        status = std::max(status, cancel_one(named, options, context));
    }
    return status;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batches, "Batches, or some items of them: BATCH:5-9")
        .required();
    arguments.option("--reason TEXT", options->reason, "Why; shown by batchctl status");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command cancel_command;
constinit const Command cancel_command{.name = "cancel",
                                       .summary = "Stop a batch, or some of its items.",
                                       .help = help,
                                       .setup = setup};

}  // namespace batch::cli
