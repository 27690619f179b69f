#include "cli/arguments.hpp"
#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/panel.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/status_table.hpp"
#include "cli/reason.hpp"
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

constexpr auto recent = std::chrono::hours{24};
constexpr std::size_t terminal_limit = 100;

struct Options {
    std::string batch;
    std::vector<std::string> statuses;
    std::string since;
    std::vector<std::string> labels;
    bool all = false;
    std::optional<std::size_t> limit;
};

constexpr auto help = R"(Usage: batchctl status [BATCH] [OPTIONS]

Without BATCH: the unfinished batches and those of the last 24 hours.
With BATCH: counts, why it is not faster, failures by cause, what to type next.

  --status S,...   submitted, queued, running, done, failed, aborted
  --since T        submitted since: a duration (2h) or a time
  --label K=V      with this label; can be repeated
  --all            all there are
  --limit N        at most so many; 0: all (100 on a terminal, else all)

Examples:
  batchctl status
  batchctl status @last
  batchctl status --json | jq -r 'select(.status == "failed") | .id'

see batchctl-status(1)
)";

std::vector<BatchStatus> parse_statuses(const std::vector<std::string>& words) {
    std::vector<BatchStatus> statuses;
    for (const std::string& word : words) {
        const auto status = batch_status_of(word);
        if (!status || *status == BatchStatus::draft) {
            throw Error(ErrorKind::usage, fmt::format("\"{}\" is no status of a batch", word),
                        "one of: submitted, queued, running, done, failed, aborted");
        }
        statuses.push_back(*status);
    }
    return statuses;
}

/// "2h" ago, or a time: only times have a - or : in them, or no unit at all.
TimePoint parse_since(const std::string& text) {
    const bool is_duration = text.find_first_of("0123456789") == 0 &&
                             text.find_first_of("smhd") != std::string::npos &&
                             text.find_first_of("-:") == std::string::npos;
    return is_duration ? now() - parse_duration(text, "--since") : parse_time(text, "--since");
}

/// Columns may be of what is only nested in the object.
bool has_flat_fields(const Records& records, const Globals& globals) {
    return records.has_columns() || !globals.fields.empty();
}

BatchFilter filter_of(const Options& options) {
    BatchFilter filter{.statuses = parse_statuses(options.statuses),
                       .limit = options.limit.value_or(0)};
    for (const std::string& label : options.labels) {
        const auto sign = label.find('=');
        if (sign == std::string::npos) {
            throw Error(ErrorKind::usage, fmt::format("--label {} is not KEY=VALUE", label));
        }
        filter.labels[label.substr(0, sign)] = label.substr(sign + 1);
    }
    if (!options.since.empty()) {
        filter.since = parse_since(options.since);
    } else if (!options.all && filter.statuses.empty() && filter.labels.empty()) {
        filter.since = now() - recent;
    }
    return filter;
}

int show_one(const Options& options, Context& context) {
    const Named named = find_batch(context, options.batch, Items::refused);
    Reasons reasons(context, context.store());
    const Globals& globals = context.globals();
    if (globals.json || !globals.format.empty() || !globals.fields.empty()) {
        const bool people = context.out_is_terminal();
        Records records(context, "status", status_columns(people), batch_fields());
        records.add(
            status_record(named.batch, reasons.of(named.batch), has_flat_fields(records, globals)));
        records.finish();
        return 0;
    }
    put_bytes(panel_of(context, named.batch, reasons.of(named.batch)));
    return 0;
}

/// What of the list was left away, on a terminal.
void print_notes(const Options& options, std::size_t shown, bool is_more, Context& context) {
    const bool whole = options.all || !options.statuses.empty() || !options.since.empty() ||
                       !options.labels.empty();
    if (shown == 0 && (whole || context.store().reading().batches({.limit = 1}).empty())) {
        say(whole ? "No batch fits." : "No batches yet. The first one: batchctl submit --help");
    } else if (is_more) {
        say(fmt::format("Showing the newest {}. All of them: {}--limit 0",
                        grouped(static_cast<std::int64_t>(shown)), whole ? "" : "--all "));
    } else if (!whole) {
        say("Showing the unfinished and those of the last 24 hours. Others: --all");
    }
}

int list(const Options& options, Context& context) {
    const bool people = context.out_is_terminal();
    Records records(context, "status", status_columns(people), batch_fields());
    const bool notes = records.is_for_people() && context.err_is_terminal();
    BatchFilter filter = filter_of(options);
    const std::size_t limit = options.limit.value_or(records.is_for_people() ? terminal_limit : 0);
    filter.limit = limit == 0 ? 0 : limit + 1;  // one more tells whether there are more
    auto batches = context.store().reading().batches(filter);
    const bool is_more = limit > 0 && batches.size() > limit;
    batches.resize(is_more ? limit : batches.size());
    Reasons reasons(context, context.store());
    for (const Batch& batch : batches) {
        if (!records.add(status_record(batch, reasons.of(batch),
                                       has_flat_fields(records, context.globals())))) {
            break;
        }
    }
    records.finish();
    if (notes) {
        print_notes(options, batches.size(), is_more, context);
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("BATCH", options->batch, "One batch; without it: a list");
    arguments.option("--status S,...", options->statuses, "Only these").split_at_commas();
    arguments.option("--since T", options->since, "Submitted since: 2h, 7d or a time");
    arguments.option("--label K=V", options->labels, "With this label, K=V");
    arguments.flag("--all", options->all, "All there are");
    arguments.option("--limit N", options->limit, "At most so many; 0: all").from(0);
    return [options](Context& context) {
        return options->batch.empty() ? list(*options, context) : show_one(*options, context);
    };
}

}  // namespace

extern const Command status_command;
constinit const Command status_command{
    .name = "status", .summary = "List batches, or show one.", .help = help, .setup = setup};

}  // namespace batch::cli
