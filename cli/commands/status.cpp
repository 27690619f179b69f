#include "cli/batch_name.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/panel.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/progress.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace batch::cli {
namespace {

constexpr auto recent = std::chrono::hours{24};

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
  --limit N        at most so many; 0: all

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

TimePoint parse_since(const std::string& text) {
    const bool is_time = text.find('-') != std::string::npos;
    return is_time ? parse_rfc3339(text) : now() - parse_duration(text, "--since");
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

std::string shown_done(const Json& record) {
    return fmt::format("{}/{}", grouped(record["done"].get<std::int64_t>()),
                       grouped(record["total"].get<std::int64_t>()));
}

std::string shown_rate(const Json& record) {
    return record["rate"].is_null() ? "-" : rate_text(record["rate"].get<double>());
}

std::string shown_left(const Json& record) {
    return record["eta_ms"].is_null() ? "-" : brief(Millis(record["eta_ms"].get<std::int64_t>()));
}

std::string shown_age(const Json& record) {
    return brief(now() - parse_rfc3339(record["submitted_at"].get<std::string>()));
}

std::string shown_reason(const Json& record) {
    const Json& reason = record["reason"];
    return reason.is_null() ? "-" : reason.value("message", "");
}

/// In a pipe DONE and TOTAL stand apart; on a terminal they are one column.
std::vector<Column> columns(bool people) {
    std::vector<Column> all{{.field = people ? "short" : "id", .title = "BATCH"},
                            {.field = "name"},
                            {.field = "status"},
                            {.field = "done", .shown = shown_done}};
    if (!people) {
        all.push_back({.field = "total"});
    }
    all.push_back({.field = "failed", .right = true});
    all.push_back({.field = "rate", .shown = shown_rate});
    all.push_back({.field = "eta_ms", .title = "LEFT", .shown = shown_left});
    all.push_back({.field = "submitted_at", .title = "AGE", .shown = shown_age});
    all.push_back(
        {.field = people ? "reason" : "reason.code", .title = "REASON", .shown = shown_reason});
    return all;
}

Json record_of(Reasons& reasons, const Batch& batch, bool flat) {
    Json record = batch_shape(batch, reason_json(reasons.of(batch)));
    if (flat) {
        record["done"] = batch.counts.done;
        record["total"] = batch.counts.total;
        record["failed"] = batch.counts.failed;
    }
    return record;
}

int show_one(const Options& options, Context& context) {
    const Named named = find_batch(context, options.batch, Items::refused);
    Reasons reasons(context, context.store());
    const Globals& globals = context.globals();
    if (globals.json || !globals.format.empty() || !globals.fields.empty()) {
        Records records(context, "status", columns(false), batch_fields());
        records.add(record_of(reasons, named.batch, records.is_table() || !globals.fields.empty()));
        records.finish();
        return 0;
    }
    put(panel_of(context, named.batch, reasons.of(named.batch)));
    return 0;
}

int list(const Options& options, Context& context) {
    const bool people =
        context.out_is_terminal() && !context.globals().json && context.globals().format.empty();
    Records records(context, "status", columns(people), batch_fields());
    const auto batches = context.store().reading().batches(filter_of(options));
    Reasons reasons(context, context.store());
    for (const Batch& batch : batches) {
        if (!records.add(record_of(reasons, batch,
                                   records.is_table() || !context.globals().fields.empty()))) {
            break;
        }
    }
    if (batches.empty() && people) {
        say("No batches yet. The first one: batchctl submit --help");
        return 0;
    }
    records.finish();
    if (people && !options.all && options.statuses.empty() && options.since.empty()) {
        say("Showing the unfinished and those of the last 24 hours. Others: --all");
    }
    return 0;
}

Action setup(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("BATCH", options->batch, "One batch; without it: a list");
    app.add_option("--status", options->statuses, "Only these")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--since", options->since, "Submitted since: 2h, 7d or a time");
    app.add_option("--label", options->labels, "With this label, K=V")->allow_extra_args(false);
    app.add_flag("--all", options->all, "All there are");
    app.add_option("--limit", options->limit, "At most so many; 0: all")
        ->check(CLI::NonNegativeNumber);
    return [options](Context& context) {
        return options->batch.empty() ? list(*options, context) : show_one(*options, context);
    };
}

}  // namespace

extern const Command status_command;
constinit const Command status_command{
    .name = "status", .summary = "List batches, or show one.", .help = help, .setup = setup};

}  // namespace batch::cli
