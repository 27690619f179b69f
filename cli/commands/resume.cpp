#include "cli/answer.hpp"
#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/doorbell.hpp"
#include "cli/reason.hpp"
#include "core/base/text.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::vector<std::string> batches;
};

constexpr auto help = R"(Usage: batchctl resume BATCH... [OPTIONS]

Takes a pause away, whoever made it: batchctl pause, submit --hold, or batchd
because a person had to look.

Examples:
  batchctl resume 0e4c2a11

see batchctl-resume(1)
)";

/// Whether there is something to do now.
bool resume(const Batch& batch, Context& context) {
    const bool changed = context.store().steering().resume(batch.no);
    const Batch after = context.store().reading().batch(batch.no).value_or(batch);
    const std::string id = short_id(after.id);
    if (!changed) {
        answer_unchanged(context, after,
                         is_final(after.status) ? fmt::format("{} is {} already: nothing to resume",
                                                              id, word_of(after.status))
                                                : fmt::format("{} is not paused", id));
        return false;
    }
    ring_for(context, after);
    answer(context, after,
           fmt::format("resumed {}: {} to go", id, plural(after.counts.open(), "item")));
    return true;
}

int run(const Options& options, Context& context) {
    check(context.settings().queue);
    const auto batches = find_batches(context, options.batches);
    bool resumed = false;
    for (const Batch& batch : batches) {
        resumed = resume(batch, context) || resumed;
    }
    if (resumed && !Reasons(context, context.store()).is_anyone_working()) {
        warn_nobody_works(context);
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batches, "Batches").required();
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command resume_command;
constinit const Command resume_command{
    .name = "resume", .summary = "Let a paused batch go on.", .help = help, .setup = setup};

}  // namespace batch::cli
