#include "cli/submit/submit.hpp"

#include "cli/doorbell.hpp"
#include "cli/output/panel.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "cli/submit/intake.hpp"
#include "cli/submit/job_file.hpp"
#include "cli/submit/plan.hpp"
#include "cli/submit/wording.hpp"
#include "cli/wait.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/uuid.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t many_rows = 100'000;  // from here on storing is worth a line

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

void check_flags(const SubmitOptions& options) {
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
    const bool key_fits =
        options.key.size() <= 200 &&
        options.key.find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+=@/-") ==
            std::string::npos;
    if (!key_fits) {
        throw Error(ErrorKind::usage,
                    fmt::format("the key \"{}\" is not possible: letters, digits and ._+=@/-, at "
                                "most 200",
                                options.key));
    }
}

NewBatch batch_of(Context& context, const SubmitOptions& options, const Plan& plan,
                  const RowsInput& rows) {
    NewBatch batch{.id = uuid_v7(now()),
                   .name = name_of(options, rows),
                   .labels = labels_of(options),
                   .plan = plan,
                   .user = user_name(),
                   .uid = context.uid()};
    if (!options.key.empty()) {
        batch.key = options.key;
    }
    if (options.hold) {
        batch.hold = Reason{"scheduled", "held since it was submitted (--hold)", ""};
    }
    return batch;
}

void print_plan(const RowsInput& rows, const Planned& planned, const Intake& intake) {
    const std::vector<std::string> columns = rows.columns();
    const std::string from = rows.name().empty() ? "arguments" : rows.name();
    put(fmt::format("rows      {}: {}{}\n", from, plural(intake.count(), "item"),
                    columns.empty() ? "" : ", columns " + join(columns, ", ")));
    put(fmt::format("steps     {}\n", steps_text(planned.plan)));
    const std::string tries = tries_text(planned.plan.retry);
    put(fmt::format("tries     {}\n", tries.substr(0, tries.find(' ')) + tries.substr(tries.find(','))));
    if (intake.count() > 0) {
        put(fmt::format("item 0    {}\n", intake.first_row().payload));
        put(fmt::format("output    {}\n", intake.name_of_first()));
    }
}

int finish_dry_run(Context& context, const RowsInput& rows, const Planned& planned,
                   const Intake& intake) {
    if (context.globals().json) {
        intake.print_names();
        return 0;
    }
    print_plan(rows, planned, intake);
    note(intake.count() == 1 ? std::string("nothing was stored")
                             : fmt::format("nothing was stored. All {} names: add --json",
                                           grouped(intake.count())));
    return 0;
}

/// --json: the batch object, with whether it is new.
void print_batch(Context& context, const Published& published) {
    const auto batch = context.store().reading().batch(published.no);
    if (!batch) {
        return;
    }
    Reasons reasons(context, context.store());
    Json object = batch_shape(*batch, reason_json(reasons.of(*batch)));
    object["created"] = published.created;
    put(dump(object) + "\n");
}

void tell_existing(const SubmitOptions& options, const Batch& batch) {
    note(fmt::format("{} exists already ({}, {}): nothing was submitted", options.key,
                     short_id(batch.id), word_of(batch.status)));
}

int wait_for_end(Context& context, const SubmitOptions& options, const Batch& batch) {
    WaitOptions waiting{.start = options.start};
    if (!options.timeout.empty()) {
        waiting.timeout = parse_duration(options.timeout, "--timeout");
    }
    if (options.on_interrupt == "cancel") {
        waiting.on_interrupt = OnInterrupt::cancel;
    }
    return wait_for(context, {batch}, waiting);
}

int announce(Context& context, const SubmitOptions& options, const Published& published,
             const Intake& intake) {
    const bool json = context.globals().json;
    if (!json) {
        put(published.id + "\n");
        std::fflush(stdout);
    }
    const Batch batch = *context.store().reading().batch(published.no);
    if (!published.created) {
        tell_existing(options, batch);
    } else {
        ring_for(context, batch);
        if (intake.count() >= many_rows) {
            say(fmt::format("stored {} ({}): {} in {}", batch.name, short_id(batch.id),
                            plural(batch.counts.total, "item"), brief(intake.elapsed())));
        }
    }
    int status = 0;
    if (!options.start && !is_final(batch.status) &&
        !Reasons(context, context.store()).is_anyone_working()) {
        warn(
            fmt::format("no batchd is running; {} is stored and waits for one", short_id(batch.id)),
            "start it: " + start_command(context));
    }
    if (options.wait) {
        status = wait_for_end(context, options, batch);
    }
    if (json) {
        print_batch(context, published);
    }
    return status;
}

int store(Context& context, const SubmitOptions& options) {
    RowsInput rows(options, context.settings());
    Planned planned = make_plan(context, options);
    planned.plan.source = rows.name() == "-" ? "" : rows.name();
    const RowsKind kind{rows.name() == "-" ? "standard input" : rows.name(), rows.columns()};
    check_placeholders(options, planned.plan, kind);
    Problems problems;
    check_templates(context, planned, options, kind, problems);
    Intake intake(context, options, planned.plan, rows, problems);
    if (options.dry_run) {
        intake.check_only();
        return finish_dry_run(context, rows, planned, intake);
    }
    Submitting& submitting = context.store().submitting();
    for (const StoredTemplate& text : planned.templates) {
        submitting.keep_template(text);
    }
    const auto draft = submitting.draft(batch_of(context, options, planned.plan, rows));
    intake.read_into(*draft);
    return announce(context, options, draft->publish(intake.digest()), intake);
}

}  // namespace

int submit(Context& context, SubmitOptions options) {
    options.command = context.command_line();
    if (is_job_file(options)) {
        apply_job_file(options);
    }
    check_flags(options);
    try {
        return store(context, options);
    } catch (const Interrupted& interrupted) {
        say_always("interrupted: nothing was stored");
        return 128 + interrupted.signal;
    }
}

}  // namespace batch::cli
