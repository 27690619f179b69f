#include "cli/submit/submit.hpp"

#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "cli/submit/plan.hpp"
#include "cli/submit/rows.hpp"
#include "cli/wait.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/uuid.hpp"
#include "core/os/lock.hpp"
#include "core/os/process.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> labels_of(const SubmitOptions& options) {
    std::map<std::string, std::string> labels;
    for (const std::string& each : options.labels) {
        const auto sign = each.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw Error(ErrorKind::usage, fmt::format("--label {} is not KEY=VALUE", each));
        }
        labels[each.substr(0, sign)] = each.substr(sign + 1);
    }
    return labels;
}

std::string name_of(const SubmitOptions& options, const RowsInput& rows) {
    if (!options.name.empty()) {
        return options.name;
    }
    if (!rows.name().empty() && rows.name() != "-") {
        return fs::path(rows.name()).filename();
    }
    return options.command.empty() ? "batch"
                                   : fs::path(options.command.front()).filename().string();
}

void check_options(const SubmitOptions& options) {
    if (!options.timeout.empty() && !options.wait) {
        throw Error(ErrorKind::usage,
                    "--timeout is how long this command waits, and without --wait it does not wait",
                    "for one attempt at one item: --item-timeout " + options.timeout);
    }
    if (options.start && !options.wait) {
        throw Error(ErrorKind::usage,
                    "--start is for the time of waiting, and without --wait it does not wait",
                    "both: batchctl run");
    }
}

bool is_daemon_running(const StatePaths& paths) {
    const auto holder = holder_of(paths.lock());
    return holder && holder->what_for.starts_with("batchd");
}

Published store(Context& context, const SubmitOptions& options, Planned& planned, RowsInput& rows) {
    Submitting& submitting = context.store().submitting();
    for (const StoredTemplate& text : planned.templates) {
        submitting.keep_template(text);
    }
    NewBatch batch{.id = uuid_v7(now()),
                   .name = name_of(options, rows),
                   .labels = labels_of(options),
                   .plan = planned.plan,
                   .user = user_name(),
                   .uid = context.uid()};
    if (!options.key.empty()) {
        batch.key = options.key;
    }
    if (options.hold) {
        batch.hold = Reason{"scheduled", "held since it was submitted (--hold)", ""};
    }
    const auto draft = submitting.draft(std::move(batch));
    Row row;
    while (rows.next(row)) {
        draft->add({.payload = row.payload, .line = static_cast<std::int64_t>(row.line)});
    }
    if (draft->size() == 0 && !options.allow_empty) {
        throw Error(ErrorKind::bad_input, "there are no rows, nothing was stored",
                    "if that is fine: --allow-empty");
    }
    return draft->publish("");
}

}  // namespace

int submit(Context& context, SubmitOptions options) {
    options.command = context.command_line();
    check_options(options);
    WaitOptions waiting{.start = options.start};
    if (!options.timeout.empty()) {
        waiting.timeout = parse_duration(options.timeout, "--timeout");
    }
    RowsInput rows(options, context.settings());
    Planned planned = make_plan(context, options);
    planned.plan.source = rows.name();
    const Published published = store(context, options, planned, rows);
    put(published.id + "\n");
    std::fflush(stdout);
    const std::string& url = context.settings().queue.url;
    queue_backend(url).publisher(url, context.paths())->publish({published.id, published.bell});
    if (!options.start && !is_daemon_running(context.paths())) {
        warn(fmt::format("no batchd is running; {} is stored and waits for one",
                         short_id(published.id)),
             "start it: batchd");
    }
    if (!options.wait) {
        return 0;
    }
    return wait_for(context, {*context.store().reading().batch(published.no)}, waiting);
}

}  // namespace batch::cli
