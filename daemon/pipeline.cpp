#include "daemon/pipeline.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/model/output_name.hpp"
#include "core/model/placeholder.hpp"
#include "daemon/batch_run.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch {
namespace {

constexpr std::size_t longest_inline = 64 << 10;  // a longer text is kept as a file

bool is_last(const Execution& execution) {
    return execution.step + 1 == execution.run->steps().size();
}

ItemFacts facts_of(const Execution& execution) {
    const Batch& batch = execution.run->batch();
    const ItemIndex index = execution.item.id.index();
    return {.batch = batch.id,
            .index = index,
            .total = batch.counts.total,
            .line = execution.item.line,
            .key = fmt::format("{}/{}", batch.id, index)};
}

/// Name of the item's output, without the extension that its type adds.
std::string name_of(const Execution& execution, std::string_view extension) {
    const Json row = parse_json(execution.item.payload, "the row");
    return output_name(execution.run->plan(), row, facts_of(execution),
                       {.suffix = execution.item.suffix, .extension = extension});
}

/// The usual case, without any tree: one step that gave a text or a value.
std::string record_of(const Answer& answer) {
    std::string record;
    record.reserve(answer.text.size() + answer.value.size() + answer.media_type.size() + 32);
    if (!answer.text.empty()) {
        record.append("{\"text\":").append(answer.text);
        if (!answer.media_type.empty()) {
            record.append(",\"media_type\":").append(answer.media_type);
        }
    } else {
        record.append("{\"value\":").append(answer.value);
    }
    return record += '}';
}

bool is_plain(const Execution& execution, const Answer& answer) {
    return execution.step == 0 && is_last(execution) && answer.files.empty() &&
           answer.deliveries.empty() && answer.text.empty() != answer.value.empty() &&
           answer.text.size() <= longest_inline;
}

void take_deliveries(Output& made, std::string_view deliveries) {
    for (const Json& each : parse_json(deliveries, "deliveries")) {
        const auto text = [&each](const char* member) {
            const auto found = each.find(member);
            return found != each.end() && found->is_string() ? found->get<std::string>()
                                                             : std::string();
        };
        made.deliveries.push_back({.target = text("target"),
                                   .location = text("location"),
                                   .at = rfc3339(now()),
                                   .id = text("id")});
    }
}

}  // namespace

ExecutionPtr Pipeline::begin(BatchRun& run, ClaimNo claim, Claimed item) const {
    auto execution = std::make_unique<Execution>();
    execution->run = &run;
    execution->claim = claim;
    execution->item = std::move(item);
    execution->step = static_cast<std::size_t>(execution->item.step);
    if (execution->step > 0) {
        execution->made = output_of(execution->item.carried);
        execution->has_old_files = !execution->made.artifacts.empty();
    }
    return execution;
}

void Pipeline::append_input(std::string& frame, const Execution& execution) const {
    const Output& made = execution.made;
    std::string text;
    std::string media_type;
    std::string name;
    if (made.text) {
        append_json_string(text, *made.text);
        append_json_string(media_type, made.media_type.empty() ? "text/plain" : made.media_type);
        name = name_of(execution,
                       extension_of(made.media_type.empty() ? "text/plain" : made.media_type));
    }
    InputParts parts{.text = text, .media_type = media_type, .value = made.value, .name = name};
    for (const Artifact& artifact : made.artifacts) {
        parts.files.push_back({artifact.path, artifact.name, artifact.media_type});
    }
    batch::append_input(frame, parts);
}

void Pipeline::append_frame(std::string& frame, Execution& execution, std::uint64_t id) const {
    const BatchRun& run = *execution.run;
    const StepRun& step = run.steps()[execution.step];
    std::string dir;
    if (step.spec->files) {
        dir = dirs_.make(execution, run.id());
    }
    std::string input;
    if (execution.step > 0) {
        append_input(input, execution);
    }
    std::string options;
    if (step.options) {
        ItemFacts facts = facts_of(execution);
        facts.out = dir;
        if (!execution.made.artifacts.empty()) {
            facts.file = execution.made.artifacts.front().path;
        }
        const Json row = parse_json(execution.item.payload, "the row");
        options = dump(fill_options(*step.options, row, facts));
    }
    append_item(frame, {.id = id,
                        .batch = run.id(),
                        .index = execution.item.id.index(),
                        .attempt = execution.item.attempts + 1,
                        .again = execution.item.again || execution.sent == execution.step,
                        .row = execution.item.payload,
                        .input = input,
                        .options = options,
                        .dir = dir});
    execution.sent = execution.step;
}

void Pipeline::take(Execution& execution, const Answer& answer) const {
    if (is_plain(execution, answer)) {
        execution.record = record_of(answer);
        return;
    }
    Output& made = execution.made;
    // What a step does not replace goes on to the next one.
    if (!answer.text.empty() || !answer.value.empty() || !answer.files.empty()) {
        made.text.reset();
        made.media_type = json_text(answer.media_type);
        made.value = std::string(answer.value);
        made.artifacts.clear();
        if (!answer.text.empty()) {
            made.text = json_text(answer.text);
        }
    }
    if (!answer.files.empty()) {
        take_files(execution, answer.files);
    }
    if (!answer.deliveries.empty()) {
        take_deliveries(made, answer.deliveries);
    }
}

void Pipeline::take_files(Execution& execution, std::string_view files) const {
    std::vector<Artifact> made;
    for (const FrameFile& file : files_of(files)) {
        const std::string type =
            file.media_type.empty() ? std::string(media_type_of(file.path)) : file.media_type;
        made.push_back(outputs_.take(execution, file.path, type));
        if (!file.name.empty()) {
            made.back().name = file.name;
        }
    }
    if (made.size() == 1) {
        made.front().name = name_of(execution, extension_of(made.front().media_type));
    } else if (!made.empty()) {
        const std::string folder = name_of(execution, "");
        for (Artifact& artifact : made) {
            artifact.name = folder + "/" + artifact.name;
        }
    }
    execution.made.artifacts = std::move(made);
}

void Pipeline::finish(Execution& execution) const {
    if (!execution.record.empty()) {
        return;
    }
    Output& made = execution.made;
    const bool delivered = !made.deliveries.empty() && keep_ == OutputsKeep::undelivered;
    if (delivered) {
        for (Artifact& artifact : made.artifacts) {
            artifact.path.clear();
        }
        if (made.text && made.text->size() > longest_inline) {
            made.text.reset();
        }
    } else if (made.text && made.text->size() > longest_inline) {
        const std::string_view type = made.media_type.empty() ? "text/plain" : made.media_type;
        outputs_.keep_text(execution, execution.run->id(), name_of(execution, extension_of(type)));
    } else {
        outputs_.keep(execution, execution.run->id());
    }
    execution.record = to_json(made);
}

void Pipeline::carry(Execution& execution) const {
    execution.record.clear();
    if (execution.step > 0) {
        try {
            outputs_.keep_input(execution, execution.run->id());
            execution.record = to_json(execution.made);
            return;
        } catch (const Error&) {
            execution.step = 0;  // what cannot be kept is made again
            execution.has_old_files = true;
        }
    }
}

}  // namespace batch
