#include "cli/answer.hpp"
#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/cancel.hpp"
#include "cli/command.hpp"
#include "cli/removing.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::vector<std::string> batches;
    bool force = false;
};

constexpr auto help = R"(Usage: batchctl rm BATCH... [OPTIONS]

Removes finished batches with their results, logs and the outputs in the state
folder.  Delivered files stay.  Asks on a terminal, needs --yes without one.

  --force    also batches that are not finished: they are cancelled first

Examples:
  batchctl rm --yes 0e4c2a11

see batchctl-rm(1)
)";

std::string named(const Batch& batch) {
    return fmt::format("{} ({})", short_id(batch.id), batch.name);
}

void refuse_unfinished(const Batch& batch) {
    throw Error(ErrorKind::conflict, fmt::format("{} is {}", named(batch), word_of(batch.status)),
                "cancel it and remove it: batchctl rm --force " + short_id(batch.id));
}

bool is_confirmed(const std::vector<Batch>& batches, const Options& options, Context& context) {
    const auto count = static_cast<std::int64_t>(batches.size());
    const std::string what = count == 1 ? "1 batch" : grouped(count) + " batches";
    const std::string question = count == 1
                                     ? fmt::format("Remove {}, {}?", named(batches.front()),
                                                   plural(batches.front().counts.total, "item"))
                                     : fmt::format("Remove {}?", what);
    std::string again = options.force ? "batchctl rm --force" : "batchctl rm";
    for (const std::string& name : options.batches) {
        again += " " + shell_word(name);
    }
    return context.confirm(question, "this removes " + what, again + " --yes");
}

int end(const Batch& batch, Context& context) {
    const Cancelled cancelled = cancel(context, batch, {}, cancelled_by(user_name(), "removed"));
    return cancelled.stopped ? 0 : report(not_stopped(cancelled.after));
}

int run(const Options& options, Context& context) {
    const auto batches = find_batches(context, options.batches);
    for (const Batch& batch : batches) {
        if (!is_final(batch.status) && !options.force) {
            refuse_unfinished(batch);
        }
    }
    if (!is_confirmed(batches, options, context)) {
        note("nothing was removed");
        return 0;
    }
    for (const Batch& batch : batches) {
        if (const int status = is_final(batch.status) ? 0 : end(batch, context); status != 0) {
            return status;
        }
        remove_batch(context, batch, Steering::Keep::nothing);
        say("removed " + named(batch));
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batches, "Batches").required();
    arguments.flag("--force", options->force,
                   "Also those that are not finished: they are cancelled first");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command rm_command;
constinit const Command rm_command{
    .name = "rm", .summary = "Remove finished batches.", .help = help, .setup = setup};

}  // namespace batch::cli
