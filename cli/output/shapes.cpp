#include "cli/output/shapes.hpp"

#include "core/base/time.hpp"
#include "core/model/output.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace batch::cli {
namespace {

Json time_json(const std::optional<TimePoint>& time) {
    return time ? Json(rfc3339(*time)) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json reason_json(const std::optional<Reason>& reason) {
    if (!reason) {
        return nullptr;
    }
    return {
        {"code", reason->code}, {"message", reason->message}, {"hint", text_or_null(reason->hint)}};
}

Json counts_json(const Counts& counts) {
    return {{"total", counts.total}, {"pending", counts.pending}, {"running", counts.running},
            {"done", counts.done},   {"failed", counts.failed},   {"cancelled", counts.cancelled}};
}

Json steps_json(const Plan& plan) {
    Json steps = Json::array();
    for (const Step& step : plan.steps) {
        steps.push_back({{"plugin", step.plugin},
                         {"version", step.version},
                         {"options", parse_json(step.options, "the options")}});
    }
    return steps;
}

Json template_json(const Plan& plan) {
    for (const Step& step : plan.steps) {
        if (const auto& text = step.template_ref) {
            return {{"name", text->name},
                    {"version", text->version ? Json(*text->version) : Json(nullptr)},
                    {"sha256", text->sha256}};
        }
    }
    return nullptr;
}

Json failures_json(const std::vector<Failure>& failures) {
    Json all = Json::array();
    for (const Failure& each : failures) {
        all.push_back({{"code", each.code},
                       {"message", each.message},
                       {"count", each.count},
                       {"items", each.items}});
    }
    return all;
}

Json error_json(const std::optional<ItemError>& error) {
    if (!error) {
        return nullptr;
    }
    return {{"class", word_of(error->error_class)},
            {"code", error->code},
            {"message", error->message},
            {"hint", text_or_null(error->hint)},
            {"step", error->step},
            {"attempt", error->attempt},
            {"at", rfc3339(error->at)}};
}

Json output_json(const Output& output) {
    Json artifacts = Json::array();
    for (const Artifact& each : output.artifacts) {
        artifacts.push_back({{"name", each.name},
                             {"path", text_or_null(each.path)},
                             {"media_type", each.media_type},
                             {"size", each.size},
                             {"sha256", each.sha256}});
    }
    Json deliveries = Json::array();
    for (const Delivery& each : output.deliveries) {
        deliveries.push_back({{"target", each.target},
                              {"location", each.location},
                              {"at", each.at},
                              {"id", text_or_null(each.id)}});
    }
    return {{"text", output.text ? Json(*output.text) : Json(nullptr)},
            {"value", output.value.empty() ? Json(nullptr) : parse_json(output.value, "the value")},
            {"artifacts", artifacts},
            {"deliveries", deliveries}};
}

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

}  // namespace

Millis elapsed(const Batch& batch, TimePoint at) {
    const TimePoint from = batch.started_at.value_or(batch.submitted_at);
    return std::max(Millis{0}, batch.finished_at.value_or(at) - from);
}

std::optional<double> rate_of(const Batch& batch, TimePoint at) {
    const auto finished = batch.counts.done + batch.counts.failed;
    const Millis time = elapsed(batch, at);
    if (!batch.started_at || finished == 0 || time.count() == 0) {
        return std::nullopt;
    }
    return static_cast<double>(finished) * 1000.0 / static_cast<double>(time.count());
}

std::optional<Millis> time_left(const Batch& batch, TimePoint at) {
    const auto rate = rate_of(batch, at);
    if (!rate || is_final(batch.status) || batch.paused) {
        return std::nullopt;
    }
    return Millis(std::llround(static_cast<double>(batch.counts.open()) * 1000.0 / *rate));
}

Json batch_shape(const Batch& batch, const std::optional<Reason>& reason) {
    const TimePoint at = now();
    const bool moves = !is_final(batch.status) && does_move(reason);
    const auto rate = moves ? rate_of(batch, at) : std::nullopt;
    const auto left = moves ? time_left(batch, at) : std::nullopt;
    return {{"v", 1},
            {"id", batch.id},
            {"short", short_id(batch.id)},
            {"name", batch.name},
            {"key", or_null(batch.key)},
            {"labels", Json(batch.labels)},
            {"status", word_of(batch.status)},
            {"paused", batch.paused.has_value()},
            {"verdict", or_null(verdict(batch.status))},
            {"reason", reason_json(reason)},
            {"counts", counts_json(batch.counts)},
            {"rate", rate ? Json(std::round(*rate * 10) / 10) : Json(nullptr)},
            {"eta_ms", left ? Json(left->count()) : Json(nullptr)},
            {"elapsed_ms", elapsed(batch, at).count()},
            {"submitted_at", rfc3339(batch.submitted_at)},
            {"started_at", time_json(batch.started_at)},
            {"finished_at", time_json(batch.finished_at)},
            {"deadline_at", nullptr},
            {"by", {{"user", batch.user}, {"uid", batch.uid}}},
            {"steps", steps_json(batch.plan)},
            {"template", template_json(batch.plan)},
            {"deliver", batch.plan.deliver},
            {"failures", failures_json(batch.failures)}};
}

const std::vector<std::string_view>& batch_fields() {
    static const std::vector<std::string_view> fields{
        "v",      "id",         "short",        "name",       "key",         "labels",
        "status", "paused",     "verdict",      "reason",     "counts",      "rate",
        "eta_ms", "elapsed_ms", "submitted_at", "started_at", "finished_at", "deadline_at",
        "by",     "steps",      "template",     "deliver",    "failures",    "done",
        "total",  "failed"};
    return fields;
}

bool does_move(const std::optional<Reason>& reason) {
    return !reason || reason->code == "sharing" || reason->code == "rate";
}

Json item_shape(const Batch& batch, const Item& item) {
    return {{"v", 1},
            {"batch", batch.id},
            {"index", item.index},
            {"line", or_null(item.line)},
            {"status", word_of(item.status)},
            {"attempts", item.attempts},
            {"step", text_or_null(item.step)},
            {"retry_at", time_json(item.retry_at)},
            {"started_at", item.finished_at && item.duration
                               ? Json(rfc3339(*item.finished_at - *item.duration))
                               : Json(nullptr)},
            {"finished_at", time_json(item.finished_at)},
            {"duration_ms", item.duration ? Json(item.duration->count()) : Json(nullptr)},
            {"error", error_json(item.error)}};
}

const std::vector<std::string_view>& item_fields() {
    static const std::vector<std::string_view> fields{
        "v",        "batch",      "index",       "line",        "status", "attempts", "step",
        "retry_at", "started_at", "finished_at", "duration_ms", "error",  "row"};
    return fields;
}

Json result_shape(const Batch& batch, const Item& item) {
    const Output output = item.output.empty() ? Output{} : output_of(item.output);
    return {{"v", 1},
            {"batch", batch.id},
            {"index", item.index},
            {"line", or_null(item.line)},
            {"status", word_of(item.status)},
            {"location", text_or_null(location_of(output))},
            {"output", item.status == ItemStatus::done ? output_json(output) : Json(nullptr)},
            {"error", error_json(item.error)},
            {"attempts", item.attempts},
            {"duration_ms", item.duration.value_or(Millis{0}).count()}};
}

const std::vector<std::string_view>& result_fields() {
    static const std::vector<std::string_view> fields{"v",        "batch",       "index",  "line",
                                                      "status",   "location",    "output", "error",
                                                      "attempts", "duration_ms", "row"};
    return fields;
}

Json log_shape(const Batch& batch, const LogLine& line) {
    return {{"v", 1},
            {"batch", batch.id},
            {"index", line.index},
            {"attempt", line.attempt},
            {"step", line.step},
            {"at", rfc3339(line.at)},
            {"stream", line.stream},
            {"level", text_or_null(line.level)},
            {"text", line.text},
            {"cut_bytes", line.cut_bytes}};
}

const std::vector<std::string_view>& log_fields() {
    static const std::vector<std::string_view> fields{
        "v", "batch", "index", "attempt", "step", "at", "stream", "level", "text", "cut_bytes"};
    return fields;
}

}  // namespace batch::cli
