#include "cli/results/sink.hpp"

#include "cli/output/shapes.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/model/output.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::cli {
namespace {

std::string shown_output(const Json& record) {
    const Json& output = record["output"];
    if (output.is_null()) {
        const Json& error = record["error"];
        return error.is_null() ? "-" : error.value("message", "");
    }
    if (!record["location"].is_null()) {
        return record["location"].get<std::string>();
    }
    if (!output["text"].is_null()) {
        const std::string text = output["text"].get<std::string>();
        const auto end = text.find('\n');
        return end == std::string::npos
                   ? text
                   : text.substr(0, end) + (end + 1 < text.size() ? " ..." : "");
    }
    return output["value"].is_null() ? "-" : dump(output["value"]);
}

std::string shown_time(const Json& record) {
    return brief(Millis(record["duration_ms"].get<std::int64_t>()));
}

std::vector<Column> columns() {
    return {{.field = "index"},
            {.field = "line"},
            status_column(),
            {.field = "duration_ms", .title = "TIME", .right = true, .shown = shown_time},
            {.field = "location", .title = "OUTPUT", .shown = shown_output}};
}

Output outcome_of(const Item& item) {
    return item.output.empty() ? Output{} : output_of(item.output);
}

bool print_text(const Item& item) {
    const Output output = outcome_of(item);
    if (output.text) {
        const bool ends = !output.text->empty() && output.text->back() == '\n';
        return put(*output.text) && (ends || put("\n"));
    }
    if (!output.value.empty()) {
        return put(exact_cell(parse_json(output.value, "the value")) + "\n");
    }
    const std::string location = location_of(output);
    return location.empty() || put(location + "\n");
}

bool is_text(std::string_view bytes) {
    return bytes.find('\0') == std::string_view::npos && is_utf8(bytes);
}

}  // namespace

ResultSink::ResultSink(Context& context, const ResultsWish& wish, const Batch& batch)
    : context_(context), wish_(wish), batch_(batch) {
    if (wish.save.empty() && (context.globals().json || context.globals().format != "text")) {
        records_.emplace(context, "results", columns(), result_fields());
    }
}

ItemFilter ResultSink::filter() const {
    ItemFilter filter{.statuses = {ItemStatus::done},
                      .with_payload = !wish_.save.empty() || (records_ && records_->wants("row")),
                      .with_output = true};
    if (wish_.all) {
        filter.statuses = {ItemStatus::done, ItemStatus::failed, ItemStatus::cancelled};
    }
    return filter;
}

bool ResultSink::take(const Item& item) {
    if (records_) {
        Json record = result_shape(batch_, item);
        if (records_->wants("row")) {
            record["row"] = parse_json(item.payload, "the row");
        }
        return records_->add(record);
    }
    if (wish_.save.empty()) {
        return print_text(item);
    }
    if (wish_.save == "-") {
        return print_alone(item);
    }
    save_output(batch_, item, outcome_of(item),
                {.folder = wish_.save, .on_collision = wish_.on_collision}, saved_);
    return true;
}

bool ResultSink::print_alone(const Item& item) const {
    const std::string bytes = bytes_of(batch_, item, outcome_of(item));
    if (!context_.out_is_terminal()) {
        return put_bytes(bytes);
    }
    if (is_text(bytes)) {
        return put(bytes);
    }
    throw Error(
        ErrorKind::usage,
        fmt::format("the output of item {} is no text, and is not shown on a terminal", item.index),
        fmt::format("write it to a file: batchctl results {}:{} --save - >FILE",
                    short_id(batch_.id), item.index));
}

bool ResultSink::flush() {
    return records_ ? records_->flush() : flush_out();
}

void ResultSink::finish() {
    if (records_) {
        records_->finish();
    } else if (!wish_.save.empty() && wish_.save != "-") {
        say_saved();
    }
}

void ResultSink::say_saved() const {
    const std::string gone =
        saved_.gone == 0 ? ""
                         : fmt::format("; {} delivered already and no longer kept", saved_.gone);
    say(fmt::format("saved {} in {}{}", plural(static_cast<std::int64_t>(saved_.written), "file"),
                    wish_.save, gone));
}

}  // namespace batch::cli
