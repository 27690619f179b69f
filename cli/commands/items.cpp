#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace batch::cli {
namespace {

constexpr std::size_t terminal_limit = 100;

struct Options {
    std::string batch;
    std::vector<std::string> statuses;
    std::string cause;
    std::optional<std::size_t> limit;
};

constexpr auto help = R"(Usage: batchctl items BATCH[:ITEMS] [OPTIONS]

  --status S,...   pending, running, done, failed, cancelled
  --cause CODE     those that failed so, such as timeout or exit_22
  --limit N        at most so many; 0: all (100 on a terminal, else all)
  --fields A,B     these columns; row.NAME is a column of the rows

Examples:
  batchctl items @last --status failed
  batchctl items @last --status failed --fields index,line,row.url,error.message

see batchctl-items(1)
)";

std::vector<ItemStatus> parse_statuses(const std::vector<std::string>& words) {
    std::vector<ItemStatus> statuses;
    for (const std::string& word : words) {
        const auto status = item_status_of(word);
        if (!status) {
            throw Error(ErrorKind::usage, fmt::format("\"{}\" is no status of an item", word),
                        "one of: pending, running, done, failed, cancelled");
        }
        statuses.push_back(*status);
    }
    return statuses;
}

std::string shown_time(const Json& record) {
    const Json& duration = record["duration_ms"];
    return duration.is_null() ? "-" : brief(Millis(duration.get<std::int64_t>()));
}

std::string shown_error(const Json& record) {
    const Json& error = record["error"];
    return error.is_null() ? "-" : error.value("code", "") + ": " + error.value("message", "");
}

std::vector<Column> columns() {
    return {{.field = "index"},
            {.field = "line"},
            status_column(),
            {.field = "attempts", .right = true},
            {.field = "step"},
            {.field = "duration_ms", .title = "TIME", .right = true, .shown = shown_time},
            {.field = "error.code", .title = "ERROR", .clipped = true, .shown = shown_error}};
}

struct Shown {
    std::size_t shown = 0;
    std::size_t fitting = 0;  ///< at least so many
};

Shown show(const ItemFilter& wanted, std::size_t limit, const Batch& batch, Context& context) {
    Records records(context, "items", columns(), item_fields());
    ItemFilter filter = wanted;
    filter.with_payload = records.wants("row");
    filter.limit = limit == 0 ? 0 : limit + 1;  // one more tells whether there are more
    Shown result;
    result.fitting = context.store().reading().items(batch.no, filter, [&](const Item& item) {
        if (limit > 0 && result.shown == limit) {
            return false;
        }
        Json record = item_shape(batch, item);
        if (filter.with_payload) {
            record["row"] = parse_json(item.payload, "the row");
        }
        ++result.shown;
        return records.add(record);
    });
    records.finish();
    return result;
}

void print_note(const Shown& shown, const ItemFilter& wanted) {
    const bool narrowed =
        !wanted.statuses.empty() || !wanted.cause.empty() || !wanted.ranges.empty();
    const auto count = static_cast<std::int64_t>(shown.shown);
    // Only then the store knows without looking at every item.
    const bool counted =
        wanted.ranges.empty() &&
        (wanted.cause.empty() || wanted.statuses == std::vector{ItemStatus::failed});
    say(fmt::format("Showing {}{}. {}All of them: --limit 0", counted ? "" : "the first ",
                    counted ? fmt::format("{} of {}", grouped(count),
                                          grouped(static_cast<std::int64_t>(shown.fitting)))
                            : grouped(count),
                    narrowed ? "" : "Only some: --status failed. "));
}

int run(const Options& options, Context& context) {
    const Named named = find_batch(context, options.batch, Items::allowed);
    check_items(named);
    const ItemFilter wanted{.ranges = named.items,
                            .statuses = parse_statuses(options.statuses),
                            .cause = options.cause};
    const bool people = context.out_is_terminal() && !context.globals().json &&
                        (context.globals().format.empty() || context.globals().format == "table");
    const auto limit = options.limit.value_or(people ? terminal_limit : 0);
    const Shown shown = show(wanted, limit, named.batch, context);
    if (people && context.err_is_terminal() && shown.fitting > shown.shown) {
        print_note(shown, wanted);
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batch, "Batch, or some of its items: BATCH:5-9").required();
    arguments
        .option("--status S,...", options->statuses,
                "Only these: pending, running, done, failed, cancelled")
        .split_at_commas();
    arguments.option("--cause CODE", options->cause, "Only those that failed with this code");
    arguments.option("--limit N", options->limit, "At most so many; 0: all").from(0);
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command items_command;
constinit const Command items_command{
    .name = "items", .summary = "Where each item of a batch stands.", .help = help, .setup = setup};

}  // namespace batch::cli
