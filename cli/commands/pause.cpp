#include "cli/answer.hpp"
#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/doorbell.hpp"
#include "cli/reason.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::vector<std::string> batches;
};

constexpr auto help = R"(Usage: batchctl pause BATCH... [OPTIONS]

Items at work finish, no other is started until batchctl resume.

Examples:
  batchctl pause 0e4c2a11

see batchctl-pause(1)
)";

std::string sentence(const Batch& batch) {
    const std::string id = short_id(batch.id);
    const auto [running, pending] = std::pair(batch.counts.running, batch.counts.pending);
    if (running == 0) {
        return fmt::format("paused {}: {} {}", id, plural(pending, "item"),
                           pending == 1 ? "waits" : "wait");
    }
    return fmt::format("paused {}: {} at work {}, {} {}", id, plural(running, "item"),
                       running == 1 ? "finishes" : "finish", grouped(pending),
                       pending == 1 ? "waits" : "wait");
}

void pause(const Batch& batch, Context& context) {
    const bool changed = context.store().steering().pause(batch.no, paused_by(user_name()));
    const Batch after = context.store().reading().batch(batch.no).value_or(batch);
    if (changed) {
        nudge(context, after);
        answer(context, after, sentence(after));
        return;
    }
    const std::string id = short_id(after.id);
    answer_unchanged(context, after,
                     after.paused ? fmt::format("{} is paused already", id)
                                  : fmt::format("{} is {} already: nothing to pause", id,
                                                word_of(after.status)));
}

int run(const Options& options, Context& context) {
    const auto batches = find_batches(context, options.batches);
    for (const Batch& batch : batches) {
        pause(batch, context);
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batches, "Batches").required();
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command pause_command;
constinit const Command pause_command{
    .name = "pause", .summary = "Start no more items of a batch.", .help = help, .setup = setup};

}  // namespace batch::cli
