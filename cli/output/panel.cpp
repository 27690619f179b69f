#include "cli/output/panel.hpp"

#include "cli/output/paint.hpp"
#include "cli/output/shapes.hpp"
#include "cli/output/table.hpp"
#include "cli/progress.hpp"
#include "cli/reason.hpp"
#include "cli/report.hpp"
#include "cli/summary.hpp"
#include "cli/typed.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/model/logins.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace batch::cli {
namespace {

std::string head_line(const Batch& batch, bool moves, bool colors) {
    const TimePoint at = now();
    const std::string_view status = word_of(batch.status);
    std::string line =
        fmt::format("{} {}: {}", short_id(batch.id), printable(batch.name),
                    colors ? painted(status, paint_of(status)) : std::string(status));
    if (batch.paused) {
        line += ", paused";
    }
    if (is_final(batch.status)) {
        return line + fmt::format(" in {}", brief(elapsed(batch, at)));
    }
    if (!batch.started_at) {
        return line + fmt::format(", waits since {}", spoken(at - batch.submitted_at));
    }
    line += fmt::format(", {} % done", percent_of(batch.counts.finished(), batch.counts.total));
    const auto rate = rate_of(batch, at);
    const auto left = time_left(batch, at);
    if (moves && rate && left && batch.counts.running > 0) {
        line += fmt::format(", {}, about {} left", rate_text(*rate), left_text(*left));
    }
    return line;
}

std::string items_line(const Counts& counts) {
    std::string line = fmt::format("{} of {} done, {} failed", grouped(counts.done),
                                   grouped(counts.total), grouped(counts.failed));
    if (counts.running > 0) {
        line += fmt::format(", {} running", grouped(counts.running));
    }
    if (counts.pending > 0) {
        line += fmt::format(", {} pending", grouped(counts.pending));
    }
    if (counts.cancelled > 0) {
        line += fmt::format(", {} cancelled", grouped(counts.cancelled));
    }
    return line;
}

std::string options_text(const Step& step) {
    const Json options = parse_json(step.options, "the options");
    if (step.plugin == "file") {
        return options.value("target", options.value("dir", ""));
    }
    if (step.plugin == "exec") {
        std::vector<std::string> command;
        for (const Json& word : options.value("command", Json::array())) {
            command.push_back(shell_word(word.is_string() ? word.get<std::string>() : dump(word)));
        }
        return join(command, " ");
    }
    std::vector<std::string> parts;
    for (const auto& [key, value] : options.items()) {
        parts.push_back(fmt::format("{}={}", key, exact_cell(value)));
    }
    return join(parts, ",");
}

/// "3 tries, 10m each"
std::string tries_text(const RetryPolicy& retry) {
    const std::string each = exact(retry.item_timeout);
    return retry.retries == 0 ? fmt::format("1 try, {}", each)
                              : fmt::format("{} tries, {} each", retry.retries + 1, each);
}

}  // namespace

std::string steps_text(const Plan& plan) {
    std::vector<std::string> steps;
    for (const Step& step : plan.steps) {
        const std::string detail = step.template_ref ? step.template_ref->name : options_text(step);
        steps.push_back(detail.empty() ? step.plugin : step.plugin + " " + detail);
    }
    return join(steps, ", ");
}

std::string next_command(Context& context, const Batch& batch,
                         const std::optional<Reason>& reason) {
    const std::string id = short_id(batch.id);
    if (reason && reason->code == "no_daemon") {
        return start_command(context);
    }
    if (waits_for_login(batch) && !is_final(batch.status)) {
        return command_in(batch.paused->hint);
    }
    if (batch.paused && !is_final(batch.status)) {
        return batch.paused->code == "config" ? fmt::format("mend it, then: batchctl resume {}", id)
                                              : "batchctl resume " + id;
    }
    if (batch.counts.failed > 0) {
        return fmt::format("batchctl items {} --status failed", id);
    }
    if (!is_final(batch.status)) {
        return "batchctl wait " + id;
    }
    return batch.counts.done > 0 ? "batchctl results " + id : std::string();
}

std::string panel_of(Context& context, const Batch& batch, const std::optional<Reason>& reason) {
    const bool colors = context.colors_out();
    std::string text = head_line(batch, does_move(reason), colors) + "\n";
    const auto add = [&text](std::string_view label, const std::string& value) {
        if (!value.empty()) {
            text += fmt::format("  {:<10} {}\n", label, printable(value));
        }
    };
    add("items", items_line(batch.counts));
    if (reason) {
        add("reason", reason->message);
    }
    std::string_view label = "failures";
    for (const std::string& line : failure_lines(context.store().reading(), batch)) {
        add(label, line);
        label = "";
    }
    // While it moves, that is what one wants to see.
    if (batch.status != BatchStatus::running || context.globals().verbose) {
        const Zone zone = context.globals().utc ? Zone::utc : Zone::local;
        add("steps", steps_text(batch.plan));
        add("submitted", fmt::format("{} by {}; {}", calendar(batch.submitted_at, zone), batch.user,
                                     tries_text(batch.plan.retry)));
    }
    add("next", for_same_state(next_command(context, batch, reason)));
    return text;
}

}  // namespace batch::cli
