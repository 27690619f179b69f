#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/removing.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace batch::cli {
namespace {

struct Options {
    std::string older_than;
    std::vector<std::string> statuses;
    std::vector<std::string> labels;
    std::optional<std::size_t> keep;
    bool dry_run = false;
};

constexpr auto help = R"(Usage: batchctl prune FILTER... [OPTIONS]

Removes the finished batches that all filters fit.  Delivered files stay; keys
are remembered for 30 more days.  Asks on a terminal, needs --yes without one.

  --older-than D    finished longer ago than this
  --status S,...    only done, failed or aborted
  --label K=V       with this label; can be repeated
  --keep N          keep the N newest of them
  -n, --dry-run     only show what would go

Examples:
  batchctl prune --older-than 30d --dry-run
  batchctl prune --older-than 30d --status done --yes

see batchctl-prune(1)
)";

/// What would be removed, or was.
struct Found {
    std::vector<Batch> batches;
    std::vector<std::uint64_t> sizes;  ///< bytes, of each
    std::uint64_t size = 0;

    std::string text() const {
        const auto count = static_cast<std::int64_t>(batches.size());
        return fmt::format("{}, {}", count == 1 ? "1 batch" : grouped(count) + " batches",
                           bytes_text(size));
    }
};

void require_filter(const Options& options) {
    if (options.older_than.empty() && options.statuses.empty() && options.labels.empty() &&
        !options.keep) {
        throw Error(ErrorKind::usage,
                    "prune must be told what: --older-than, --status, --label or --keep",
                    "see what a month would take away: batchctl prune --older-than 30d --dry-run");
    }
}

BatchFilter filter_of(const Options& options) {
    BatchFilter filter{.statuses = {BatchStatus::done, BatchStatus::failed, BatchStatus::aborted}};
    if (!options.statuses.empty()) {
        filter.statuses.clear();
    }
    for (const std::string& word : options.statuses) {
        const auto status = batch_status_of(word);
        if (!status || !is_final(*status)) {
            throw Error(ErrorKind::usage,
                        fmt::format("\"{}\" is no status of a finished batch", word),
                        "one of: done, failed, aborted");
        }
        filter.statuses.push_back(*status);
    }
    for (const std::string& label : options.labels) {
        const auto sign = label.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw Error(ErrorKind::usage, fmt::format("--label {} is not KEY=VALUE", label));
        }
        filter.labels[label.substr(0, sign)] = label.substr(sign + 1);
    }
    if (!options.older_than.empty()) {
        filter.finished_before = now() - parse_duration(options.older_than, "--older-than");
    }
    return filter;
}

Found find(const Options& options, Context& context) {
    Found found;
    found.batches = context.store().reading().batches(filter_of(options));
    const auto kept = std::min(options.keep.value_or(0), found.batches.size());  // newest first
    found.batches.erase(found.batches.begin(),
                        found.batches.begin() + static_cast<std::ptrdiff_t>(kept));
    for (const Batch& batch : found.batches) {
        found.sizes.push_back(size_of_outputs(context, batch));
        found.size += found.sizes.back();
    }
    return found;
}

std::string shown_short(const Json& record) {
    return record["short"].get<std::string>();
}

std::string shown_items(const Json& record) {
    return grouped(record["counts"]["total"].get<std::int64_t>());
}

std::string shown_size(const Json& record) {
    return bytes_text(record["size"].get<std::uint64_t>());
}

void show(const Found& found, Context& context) {
    const Zone zone = context.globals().utc ? Zone::utc : Zone::local;
    const auto finished = [zone](const Json& record) {
        const Json& at = record["finished_at"];
        const std::string text =
            at.is_null() ? "-" : calendar(parse_rfc3339(at.get<std::string>()), zone);
        return text.substr(0, text.find(' '));
    };
    auto fields = batch_fields();
    fields.emplace_back("size");
    Records records(
        context, "prune",
        {{.field = "id", .title = "BATCH", .shown = shown_short},
         {.field = "name"},
         {.field = "status"},
         {.field = "counts.total", .title = "ITEMS", .right = true, .shown = shown_items},
         {.field = "finished_at", .title = "FINISHED", .shown = finished},
         {.field = "size", .shown = shown_size}},
        fields);
    for (std::size_t i = 0; i < found.batches.size(); ++i) {
        Json record = batch_shape(found.batches[i], std::nullopt);
        record["size"] = found.sizes[i];
        records.add(record);
    }
    records.finish();
    note(found.batches.empty() ? "no finished batch fits: nothing would go"
                               : found.text() + ", would go; delivered files stay where they are");
}

std::string command_line(const Options& options) {
    std::string line = "batchctl prune";
    const auto add = [&line](std::string_view flag, const std::string& value) {
        line += fmt::format(" {} {}", flag, shell_word(value));
    };
    if (!options.older_than.empty()) {
        add("--older-than", options.older_than);
    }
    if (!options.statuses.empty()) {
        add("--status", join(options.statuses, ","));
    }
    for (const std::string& label : options.labels) {
        add("--label", label);
    }
    if (options.keep) {
        add("--keep", std::to_string(*options.keep));
    }
    return line;
}

/// False if somebody else was faster: it is gone, or tried again.
bool remove(const Batch& batch, Context& context) {
    try {
        remove_batch(context, batch, Steering::Keep::key);
        return true;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::conflict) {
            return false;
        }
        throw;
    }
}

Found remove_all(const Found& found, Context& context) {
    Found removed;
    for (std::size_t i = 0; i < found.batches.size(); ++i) {
        if (remove(found.batches[i], context)) {
            removed.batches.push_back(found.batches[i]);
            removed.size += found.sizes[i];
        }
    }
    return removed;
}

int run(const Options& options, Context& context) {
    require_filter(options);
    const Found found = find(options, context);
    if (options.dry_run) {
        show(found, context);
        return 0;
    }
    if (found.batches.empty()) {
        note("no finished batch fits: nothing was removed");
        return 0;
    }
    const std::string what = found.text().substr(0, found.text().find(", "));
    if (!context.confirm(fmt::format("Remove {}?", found.text()), "this removes " + what,
                         command_line(options) + " --yes")) {
        note("nothing was removed");
        return 0;
    }
    const Found removed = remove_all(found, context);
    say(fmt::format("removed {}; delivered files stay where they are", removed.text()));
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("--older-than D", options->older_than, "Finished longer ago than this");
    arguments.option("--status S,...", options->statuses, "Only done, failed or aborted")
        .split_at_commas();
    arguments.option("--label K=V", options->labels, "With this label K=V; can be repeated");
    arguments.option("--keep N", options->keep, "Keep the newest of them").from(0);
    arguments.flag("-n,--dry-run", options->dry_run, "Only show what would go");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command prune_command;
constinit const Command prune_command{.name = "prune",
                                      .summary = "Remove finished batches that filters fit.",
                                      .help = help,
                                      .setup = setup};

}  // namespace batch::cli
