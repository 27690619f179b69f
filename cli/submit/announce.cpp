#include "cli/submit/announce.hpp"

#include "cli/doorbell.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "cli/typed.hpp"
#include "cli/wait.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace batch::cli {
namespace {

constexpr std::int64_t many_rows = 100'000;  // from here on storing is worth a line

/// --json: the batch object, with whether it is new.
void print_batch(Context& context, const Published& published) {
    Json object{{"v", 1}, {"id", published.id}, {"short", short_id(published.id)}};
    if (const auto batch = context.store().reading().batch(published.no)) {
        object = batch_shape(*batch, Reasons(context, context.store()).of(*batch));
    }
    object["created"] = published.created;
    put(dump(object) + "\n");
}

void tell_existing(const SubmitOptions& options, const Published& published,
                   const std::optional<Batch>& batch) {
    const std::string_view now = batch ? word_of(batch->status) : "pruned since";
    note(fmt::format("{} exists already ({}, {}): nothing was submitted", *options.key,
                     short_id(published.id), now));
}

/// The command line that makes outputs anew once row or template are mended.
std::string again(const Context& context, const SubmitOptions& options) {
    std::vector<std::string> words = context.globals().typed;
    const bool collides = !options.deliver.empty() && options.on_collision == "error";
    if (collides) {
        const std::vector<std::string> more{"--on-collision", "overwrite"};
        words.insert(std::ranges::find(words, "--"), more.begin(), more.end());
    }
    return command_line_of(words);
}

int wait_for_end(Context& context, const SubmitOptions& options, const Batch& batch) {
    WaitOptions waiting{.start = options.start};
    if (!options.timeout.empty()) {
        waiting.timeout = parse_duration(options.timeout, "--timeout");
    }
    if (options.on_interrupt == "cancel") {
        waiting.on_interrupt = OnInterrupt::cancel;
    }
    // With a key the batch that exists would be found again.
    waiting.again = options.key ? "" : again(context, options);
    return wait_for(context, {batch}, waiting);
}

void tell_new(Context& context, const SubmitOptions& options, const Batch& batch, Millis took) {
    const bool is_queued = ring_for(context, batch);
    context.hang_up();
    if (!is_queued && options.require_queue) {
        throw Error(
            ErrorKind::unavailable,
            short_id(batch.id) + " is stored but not queued (--require-queue)",
            "batchd runs it all the same; if it must not: batchctl cancel " + short_id(batch.id));
    }
    const int most = context.settings().workers.max;
    if (batch.plan.concurrency > most) {
        note(fmt::format("-j {}: at most {} run at once (workers.max)", batch.plan.concurrency,
                         most));
    }
    if (batch.counts.total >= many_rows) {
        say(fmt::format("stored {} ({}): {} in {}", batch.name, short_id(batch.id),
                        plural(batch.counts.total, "item"), brief(took)));
    }
}

}  // namespace

int announce(Context& context, const SubmitOptions& options, const Published& published,
             Millis took) {
    const bool json = context.globals().json;
    if (!json) {
        put(published.id + "\n");
        flush_out();
    }
    const auto batch = context.store().reading().batch(published.no);
    if (!published.created) {
        tell_existing(options, published, batch);
    } else if (batch) {
        tell_new(context, options, *batch, took);
    }
    int status = 0;
    // Of one that was done before, the note has said all.
    const bool is_old_news = !published.created && batch && batch->status == BatchStatus::done;
    if (batch && options.wait && !is_old_news) {
        status = wait_for_end(context, options, *batch);
    } else if (batch && !is_final(batch->status)) {
        warn_if_nobody_works(context, *batch);
    }
    if (json) {
        print_batch(context, published);
    }
    return status;
}

}  // namespace batch::cli
