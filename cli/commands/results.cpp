#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/reason.hpp"
#include "cli/results/follow.hpp"
#include "cli/results/sink.hpp"
#include "core/base/error.hpp"

#include <fmt/core.h>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

struct Options {
    std::string batch;
    bool follow = false;
    bool raw = false;
    ResultsWish wish;
};

constexpr auto help = R"(Usage: batchctl results BATCH[:ITEMS] [OPTIONS]

  --format F          table, ndjson, json, csv, text (the texts, joined)
  --all               failed and cancelled items too
  --follow            go on while the batch runs, in input order
  --save DIR|-        copy the outputs into a folder; - writes one to stdout
  --on-collision P    of --save: error, suffix or overwrite (error)
  --raw               csv cells as they are, even those that begin with =

Examples:
  batchctl results @last --json | jq -r .location
  batchctl results @last --save ./certificates
  batchctl results @last:17 --save - > one.pdf

see batchctl-results(1)
)";

void check(const Options& options, const Named& named) {
    const bool one =
        named.items.size() == 1 && named.items.front().first == named.items.front().last;
    if (options.wish.save == "-" && !one) {
        throw Error(
            ErrorKind::usage, "--save - writes one item's output, and this names several",
            fmt::format("one of them: batchctl results {}:0 --save -", short_id(named.batch.id)));
    }
    if (options.follow && !named.items.empty()) {
        throw Error(ErrorKind::usage, "--follow goes through the whole batch",
                    fmt::format("leave the items away: batchctl results {} --follow",
                                short_id(named.batch.id)));
    }
}

/// Of the item that is to be written alone.
void require_done(const Item& item, const Batch& batch) {
    if (item.status == ItemStatus::done) {
        return;
    }
    const std::string id = short_id(batch.id);
    throw Error(
        ErrorKind::not_found,
        fmt::format("item {} of {} is {} and has no output", item.index, id, word_of(item.status)),
        is_final(item.status) ? fmt::format("see why: batchctl logs {}:{}", id, item.index)
                              : "wait for it: batchctl wait " + id);
}

void read(const Options& options, Context& context, const Named& named, ResultSink& sink) {
    ItemFilter filter = sink.filter();
    filter.ranges = named.items;
    const bool alone = options.wish.save == "-";
    if (alone) {
        filter.statuses.clear();
    }
    context.store().reading().items(named.batch.no, filter, [&](const Item& item) {
        if (alone) {
            require_done(item, named.batch);
        }
        return sink.take(item);
    });
}

int run(const Options& options, Context& context) {
    const Named named = find_batch(context, options.batch, Items::allowed);
    check(options, named);
    check_items(named);
    ResultSink sink(context, options.wish, named.batch);
    if (options.follow) {
        if (!is_final(named.batch.status)) {
            warn_if_nobody_works(context, named.batch);
        }
        follow_results(context, named.batch, sink);
    } else {
        read(options, context, named, sink);
    }
    sink.finish();
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batch, "Batch, or some of its items: BATCH:5-9").required();
    arguments.flag("--all", options->wish.all, "Failed and cancelled items too");
    arguments.flag("--follow", options->follow, "Go on while the batch runs, in input order");
    arguments.option("--save DIR", options->wish.save,
                     "Copy the outputs into this folder; - writes one to standard output");
    arguments
        .option("--on-collision P", options->wish.on_collision,
                "With --save: error, suffix or overwrite")
        .choices({"error", "suffix", "overwrite"});
    arguments.flag("--raw", options->raw,
                   "CSV cells as they are, even those that begin with = + - @");
    return [options](Context& context) {
        context.set_raw_cells(options->raw);
        return run(*options, context);
    };
}

}  // namespace

extern const Command results_command;
constinit const Command results_command{.name = "results",
                                        .summary = "What came out of a batch, in input order.",
                                        .help = help,
                                        .setup = setup};

}  // namespace batch::cli
