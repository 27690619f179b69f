#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/save.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/output.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <thread>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 50ms;
constexpr ItemIndex page = 1000;

struct Options {
    std::string batch;
    bool all = false;
    bool follow = false;
    bool raw = false;
    std::string save;
    std::string on_collision = "error";
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

std::string shown_output(const Json& record) {
    const Json& output = record["output"];
    if (output.is_null()) {
        const Json& error = record["error"];
        return error.is_null() ? "-" : error.value("message", "");
    }
    if (!record["location"].is_null()) {
        return record["location"].get<std::string>();
    }
    if (!output["text"].is_null()) {
        const std::string text = output["text"].get<std::string>();
        const auto end = text.find('\n');
        return end == std::string::npos
                   ? text
                   : text.substr(0, end) + (end + 1 < text.size() ? " ..." : "");
    }
    return output["value"].is_null() ? "-" : dump(output["value"]);
}

std::string shown_time(const Json& record) {
    return brief(Millis(record["duration_ms"].get<std::int64_t>()));
}

/// Where the items go: records, joined texts, or a folder.
class Sink {
public:
    Sink(Context& context, const Options& options, const Batch& batch)
        : options_(options),
          batch_(batch),
          records_(context, "results",
                   {{.field = "index"},
                    {.field = "line"},
                    {.field = "status"},
                    {.field = "duration_ms", .title = "TIME", .right = true, .shown = shown_time},
                    {.field = "location", .title = "OUTPUT", .shown = shown_output}},
                   result_fields()),
          text_(context.globals().format == "text") {}

    bool wants_row() const { return records_.wants("row"); }

    bool take(const Item& item) {
        if (!options_.save.empty()) {
            return save(item);
        }
        if (text_) {
            return print_text(item);
        }
        Json record = result_shape(batch_, item);
        if (wants_row()) {
            record["row"] = parse_json(item.payload, "the row");
        }
        return records_.add(record);
    }

    void finish() {
        if (!options_.save.empty() || text_) {
            std::fflush(stdout);
            return;
        }
        records_.finish();
    }

    const SavedFiles& saved() const { return saved_; }

private:
    bool save(const Item& item) {
        const Output output = item.output.empty() ? Output{} : output_of(item.output);
        if (options_.save == "-") {
            return put(bytes_of(batch_, item, output));
        }
        save_output(batch_, item, output,
                    {.folder = options_.save, .on_collision = options_.on_collision}, saved_);
        return true;
    }

    static bool print_text(const Item& item) {
        const Output output = item.output.empty() ? Output{} : output_of(item.output);
        if (output.text) {
            const bool ends = !output.text->empty() && output.text->back() == '\n';
            return put(*output.text) && (ends || put("\n"));
        }
        if (!output.value.empty()) {
            const Json value = parse_json(output.value, "the value");
            return put(exact_cell(value) + "\n");
        }
        const std::string location = location_of(output);
        return location.empty() || put(location + "\n");
    }

    const Options& options_;
    const Batch& batch_;
    Records records_;
    bool text_;
    SavedFiles saved_;
};

ItemFilter filter_of(const Options& options, const std::vector<IndexRange>& ranges, bool with_row) {
    ItemFilter filter{.ranges = ranges, .with_payload = with_row, .with_output = true};
    filter.statuses = {ItemStatus::done};
    if (options.all) {
        filter.statuses = {ItemStatus::done, ItemStatus::failed, ItemStatus::cancelled};
    }
    return filter;
}

/// In input order while the batch runs: up to the first item that is not finished, then again.
void follow(const Options& options, Context& context, const Batch& batch, Sink& sink) {
    Reading& reading = context.store().reading();
    const auto total = static_cast<ItemIndex>(batch.counts.total);
    ItemIndex next = 0;
    std::int64_t seen = -1;
    while (next < total) {
        const std::int64_t version = reading.version();
        if (version == seen) {
            std::this_thread::sleep_for(look_every);
            continue;
        }
        seen = version;
        bool blocked = false;
        while (next < total && !blocked) {
            ItemFilter filter{.ranges = {{next, std::min(next + page, total) - 1}},
                              .with_payload = sink.wants_row(),
                              .with_output = true};
            bool alive = true;
            reading.items(batch.no, filter, [&](const Item& item) {
                blocked = !is_final(item.status);
                if (blocked) {
                    return false;
                }
                next = item.index + 1;
                alive = (item.status != ItemStatus::done && !options.all) || sink.take(item);
                return alive;
            });
            if (!alive) {
                return;
            }
        }
        std::fflush(stdout);
    }
}

void check(const Options& options, const Named& named) {
    const bool one =
        named.items.size() == 1 && named.items.front().first == named.items.front().last;
    if (options.save == "-" && !one) {
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

int run(const Options& options, Context& context) {
    const Named named = find_batch(context, options.batch, Items::allowed);
    check(options, named);
    Sink sink(context, options, named.batch);
    if (options.follow) {
        follow(options, context, named.batch, sink);
    } else {
        context.store().reading().items(named.batch.no,
                                        filter_of(options, named.items, sink.wants_row()),
                                        [&](const Item& item) { return sink.take(item); });
    }
    sink.finish();
    if (!options.save.empty() && options.save != "-") {
        say(fmt::format(
            "saved {} in {}{}", plural(static_cast<std::int64_t>(sink.saved().written), "file"),
            options.save,
            sink.saved().gone == 0
                ? ""
                : fmt::format("; {} delivered already and no longer kept", sink.saved().gone)));
    }
    return 0;
}

Action setup(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("BATCH", options->batch, "Batch, or some of its items: BATCH:5-9")->required();
    app.add_flag("--all", options->all, "Failed and cancelled items too");
    app.add_flag("--follow", options->follow, "Go on while the batch runs, in input order");
    app.add_option("--save", options->save,
                   "Copy the outputs into this folder; - writes one to standard output");
    app.add_option("--on-collision", options->on_collision,
                   "With --save: error, suffix or overwrite")
        ->check(CLI::IsMember({"error", "suffix", "overwrite"}));
    app.add_flag("--raw", options->raw,
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
