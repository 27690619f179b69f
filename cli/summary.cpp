#include "cli/summary.hpp"

#include "cli/output/shapes.hpp"
#include "cli/report.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/model/output.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

namespace batch::cli {
namespace {

constexpr std::size_t most_items_named = 3;
constexpr std::size_t most_causes = 8;
constexpr std::size_t longest_message = 160;   // columns
constexpr std::int64_t most_counted = 20'000;  // items; to read more would delay the verdict

std::string first_line(const std::string& text) {
    std::string line = printable(text.substr(0, text.find('\n')));
    while (display_width(line) > longest_message) {
        line.resize(line.size() - 1);
        while (!line.empty() && !is_utf8(line)) {
            line.pop_back();
        }
    }
    return line;
}

/// "item 5 (students.csv:7)"
std::string one_item(Reading& reading, const Batch& batch, ItemIndex index) {
    std::string text = fmt::format("item {}", index);
    reading.items(batch.no, {.ranges = {{index, index}}}, [&](const Item& item) {
        if (item.line.value_or(0) > 0 && !batch.plan.source.empty()) {
            text += fmt::format(" ({}:{})", batch.plan.source, *item.line);
        }
        return false;
    });
    return text;
}

std::string items_of(Reading& reading, const Batch& batch, const Failure& failure) {
    if (failure.count == 1 && failure.items.size() == 1) {
        return one_item(reading, batch, failure.items.front());
    }
    std::vector<std::string> names;
    for (const ItemIndex index : failure.items) {
        if (names.size() == most_items_named) {
            break;
        }
        names.push_back(std::to_string(index));
    }
    if (failure.count > static_cast<std::int64_t>(names.size())) {
        names.emplace_back("...");
    }
    return "items " + join(names, ", ");
}

std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, display_width(text)), ' ');
}

/// ", 27 files in ./certificates", for each folder that got some.
std::string files_text(Reading& reading, const Batch& batch) {
    if (batch.plan.deliver.empty() || batch.counts.done == 0 || batch.counts.done > most_counted) {
        return {};
    }
    std::map<std::string, std::int64_t> files;
    reading.items(batch.no, {.statuses = {ItemStatus::done}, .with_output = true},
                  [&](const Item& item) {
                      if (!item.output.empty()) {
                          for (const Delivery& delivery : output_of(item.output).deliveries) {
                              ++files[delivery.target];
                          }
                      }
                      return true;
                  });
    std::string text;
    for (const std::string& target : batch.plan.deliver) {
        if (const auto found = files.find(target); found != files.end()) {
            text += fmt::format(", {} in {}", plural(found->second, "file"), target);
        }
    }
    return text;
}

/// What would be the same again: the batch keeps its rows and its template.
bool is_only_mended_by_hand(const Batch& batch) {
    return !batch.failures.empty() &&
           std::ranges::all_of(batch.failures, [](const Failure& failure) {
               return failure.code == "template_error" || failure.code == "undefined_variable";
           });
}

std::string folder_for(const Batch& batch) {
    for (const Step& step : batch.plan.steps) {
        if (step.template_ref) {
            return "./" + std::filesystem::path(step.template_ref->name).stem().string() + "s";
        }
    }
    return {};
}

std::string hint_for(Context& context, const Batch& batch, std::string_view again) {
    const std::string id = short_id(batch.id);
    if (batch.status == BatchStatus::done) {
        const std::string folder = batch.plan.deliver.empty() ? folder_for(batch) : "";
        return folder.empty() || batch.counts.done == 0
                   ? ""
                   : fmt::format(
                         "the outputs are kept; to have them in a folder: batchctl results {} "
                         "--save {}",
                         id, shell_word(folder));
    }
    if (batch.counts.failed == 0) {
        return {};
    }
    if (is_only_mended_by_hand(batch) && !again.empty()) {
        return fmt::format("mend row or template, then make them anew: {}", again);
    }
    // Nobody looks at the single items from a cron job's mail.
    if (context.globals().quiet && batch.status == BatchStatus::failed) {
        return fmt::format("try them again: batchctl retry {} --wait --start", id);
    }
    return fmt::format("see them: batchctl items {} --status failed", id);
}

bool is_interrupted(const Batch& batch) {
    return batch.aborted && batch.aborted->code == "interrupted";
}

}  // namespace

std::string summary_line(Reading& reading, const Batch& batch) {
    const Counts& counts = batch.counts;
    std::string line = fmt::format("{}: {} ({}): {} of {} done in {}", word_of(batch.status),
                                   printable(batch.name), short_id(batch.id), grouped(counts.done),
                                   plural(counts.total, "item"), brief(elapsed(batch, now())));
    line += files_text(reading, batch);
    if (counts.failed > 0) {
        line += fmt::format(", {} failed", grouped(counts.failed));
    }
    if (counts.cancelled > 0) {
        line += fmt::format(", {} cancelled", grouped(counts.cancelled));
    }
    if (batch.status == BatchStatus::aborted) {
        line += ": " + (batch.aborted ? batch.aborted->message : "every item was cancelled");
    }
    return line;
}

std::vector<std::string> failure_lines(Reading& reading, const Batch& batch) {
    std::vector<Failure> failures = batch.failures;
    std::ranges::stable_sort(failures, std::ranges::greater{}, &Failure::count);
    const std::size_t more = failures.size() - std::min(failures.size(), most_causes);
    failures.resize(failures.size() - more);
    std::size_t counts = 0;
    std::size_t codes = 0;
    std::size_t messages = 0;
    bool several = false;
    for (Failure& each : failures) {
        each.message = first_line(each.message);
        each.code = printable(each.code);
        counts = std::max(counts, grouped(each.count).size());
        codes = std::max(codes, display_width(each.code));
        messages = std::max(messages, display_width(each.message));
        several = several || each.count > 1;
    }
    std::vector<std::string> lines;
    for (const Failure& each : failures) {
        lines.push_back(fmt::format("{:>{}}  {}  {}{}{}", grouped(each.count), counts,
                                    padded(each.code, codes), padded(each.message, messages),
                                    several ? "     " : "    ", items_of(reading, batch, each)));
    }
    if (more > 0) {
        lines.push_back(more == 1 ? "and 1 more cause" : fmt::format("and {} more causes", more));
    }
    return lines;
}

void print_summary(Context& context, Reading& reading, const Batch& batch, std::string_view again) {
    const bool well = batch.status == BatchStatus::done;
    if (context.globals().json || (well && context.globals().quiet)) {
        return;
    }
    say_always(summary_line(reading, batch));
    if (is_interrupted(batch)) {
        return;
    }
    for (const std::string& line : failure_lines(reading, batch)) {
        say_always("  " + line);
    }
    hint(hint_for(context, batch, again));
}

}  // namespace batch::cli
