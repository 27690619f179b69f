#include "cli/submit/submit.hpp"

#include "cli/report.hpp"
#include "cli/submit/announce.hpp"
#include "cli/submit/dry_run.hpp"
#include "cli/submit/flags.hpp"
#include "cli/submit/intake.hpp"
#include "cli/submit/job_file.hpp"
#include "cli/submit/plan.hpp"
#include "cli/submit/space.hpp"
#include "cli/submit/wording.hpp"
#include "cli/templates/lint.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/uuid.hpp"
#include "core/os/file.hpp"
#include "core/os/process.hpp"
#include "core/queue/queue.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

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

Priority priority_of(std::string_view word) {
    return word == "high" ? Priority::high : word == "low" ? Priority::low : Priority::normal;
}

NewBatch batch_of(Context& context, const SubmitOptions& options, const RowsInput& rows) {
    NewBatch batch{.id = uuid_v7(now()),
                   .name = name_of(options, rows),
                   .labels = labels_of(options),
                   .priority = priority_of(options.priority),
                   .local_queue = is_local(context.settings().queue),
                   .user = user_name(),
                   .uid = context.uid()};
    batch.key = options.key;
    if (options.hold) {
        batch.hold = Reason{"scheduled", "held since it was submitted (--hold)", ""};
    }
    return batch;
}

/// Templates, with their engine's own check: syntax, and names that are no columns (E1).
void check_templates(Plugins& plugins, const Planned& planned, const RowsKind& rows,
                     Problems& problems) {
    for (const PlannedTemplate& each : planned.templates) {
        const std::string& options = planned.plan.steps.at(each.step).options;
        lint(plugins, {.text = each.text, .shown = each.typed, .options = options, .rows = rows},
             problems);
        for (const std::string_view ours : {"row", "batch"}) {
            if (std::ranges::find(rows.columns, ours) != rows.columns.end()) {
                note(fmt::format("in {} the column \"{}\" is reached as row[\"{}\"]", each.typed,
                                 ours, ours));
            }
        }
    }
}

/// E14: on a full disk, with how much there was and how much would be enough.
Error with_need(Context& context, const Error& error, std::uint64_t needed, std::uint64_t free) {
    if (error.code() != "disk_full" || needed == 0) {
        return error;
    }
    return Error(error.kind(),
                 fmt::format("no space left for {} (needs about {}, {} free); nothing was stored",
                             context.show(context.paths().state), bytes_text(needed),
                             bytes_text(free)),
                 error.hint())
        .with_code("disk_full");
}

Published store_rows(Context& context, std::unique_ptr<Draft> draft, const Planned& planned,
                     Intake& intake) {
    Submitting& submitting = context.store().submitting();
    const std::uint64_t free = free_bytes(context.paths().state.parent_path());
    try {
        intake.read(draft.get());
        for (const PlannedTemplate& each : planned.templates) {
            submitting.keep_template(each.text);
        }
        return draft->publish(intake.digest());
    } catch (const Error& error) {
        throw with_need(context, error, intake.bytes_needed(), free);
    }
}

/// Who types - may not expect that typing is what is waited for.
void note_terminal(const Context& context, const SubmitOptions& options) {
    const bool is_stdin = options.operands.size() == 1 && options.operands.front() == "-";
    if (is_stdin && !options.args && !options.rows_format.empty() && context.in_is_terminal()) {
        note("rows are read from the terminal; Ctrl-D ends them");
    }
}

int store(Context& context, const SubmitOptions& options) {
    SignalFd signals{SIGINT, SIGTERM};
    check(context.settings().queue);
    note_terminal(context, options);
    RowsInput rows(options, context.settings(), &signals);
    Plugins plugins(context);
    Planned planned = make_plan(context, plugins, options);
    Plan& plan = planned.plan;
    const RowsKind kind = rows.kind();
    plan.source = rows.name() == "-" ? "" : rows.name();
    check_placeholders(plan, kind);
    Problems problems;
    check_templates(plugins, planned, kind, problems);
    NewBatch batch = batch_of(context, options, rows);
    batch.plan = plan;
    Intake intake(context, rows,
                  {.rules = {.plan = plan,
                             .batch = batch.id,
                             .file = rows.name().empty() ? "" : kind.file,
                             .allow_dash = options.allow_dash},
                   .allow_empty = options.allow_empty,
                   .digest = batch.key.has_value(),
                   .names = options.dry_run && context.globals().json,
                   .signals = signals},
                  problems);
    if (options.dry_run) {
        intake.read(nullptr);
        print_dry_run(context, rows, plan, intake);
        return 0;
    }
    Submitting& submitting = context.store_to_change("nothing was stored").submitting();
    context.publisher().connect_ahead();
    check_space(context, rows);
    const Published published =
        store_rows(context, submitting.draft(std::move(batch)), planned, intake);
    return announce(context, options, published, intake.elapsed());
}

}  // namespace

int submit(Context& context, SubmitOptions options) {
    options.command = context.command_line();
    try {
        if (is_job_file(options)) {
            apply_job_file(options);
        }
        check_flags(options);
        return store(context, options);
    } catch (const Interrupted& interrupted) {
        say_always("interrupted: nothing was stored");
        return exit_of_signal + interrupted.signal;
    } catch (const Error& error) {
        if (!error.place() || error.kind() != ErrorKind::bad_input) {
            throw;
        }
        Problems alone;
        alone.add(error);
        alone.throw_if_any();
        throw;
    }
}

}  // namespace batch::cli
