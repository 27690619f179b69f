#include "core/model/batch.hpp"

#include "core/base/json.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace batch {
namespace {

constexpr std::array collisions{"error", "suffix", "overwrite"};

Json step_json(const Step& step) {
    Json json{{"plugin", step.plugin}, {"version", step.version}};
    json["options"] = parse_json(step.options, "the options");
    if (step.has_placeholders) {
        json["has_placeholders"] = true;
    }
    if (const auto& text = step.template_ref) {
        json["template"] = {{"name", text->name},
                            {"version", text->version ? Json(*text->version) : Json(nullptr)},
                            {"sha256", text->sha256}};
    }
    return json;
}

Step step_of(const Json& json) {
    Step step{.plugin = json.value("plugin", ""),
              .version = json.value("version", ""),
              .options = dump(json.value("options", Json::object())),
              .has_placeholders = json.value("has_placeholders", false)};
    if (const auto text = json.find("template"); text != json.end()) {
        step.template_ref =
            TemplateRef{.name = text->value("name", ""), .sha256 = text->value("sha256", "")};
        if (const auto version = text->find("version");
            version != text->end() && version->is_number()) {
            step.template_ref->version = version->get<int>();
        }
    }
    return step;
}

}  // namespace

std::string to_json(const Plan& plan) {
    Json json{{"steps", Json::array()},
              {"retries", plan.retry.retries},
              {"backoff_min", plan.retry.backoff_min.count()},
              {"backoff_max", plan.retry.backoff_max.count()},
              {"item_timeout", plan.retry.item_timeout.count()},
              {"concurrency", plan.concurrency},
              {"output_name", plan.output_name},
              {"extension", plan.extension},
              {"on_collision", collisions.at(static_cast<std::size_t>(plan.on_collision))},
              {"deliver", plan.deliver},
              {"source", plan.source}};
    for (const Step& step : plan.steps) {
        json["steps"].push_back(step_json(step));
    }
    return dump(json);
}

Plan plan_of(std::string_view text) {
    const Json json = parse_json(text, "the stored plan");
    Plan plan{.retry = {.retries = json.value("retries", 0),
                        .backoff_min = Millis(json.value("backoff_min", std::int64_t{0})),
                        .backoff_max = Millis(json.value("backoff_max", std::int64_t{0})),
                        .item_timeout = Millis(json.value("item_timeout", std::int64_t{0}))},
              .concurrency = json.value("concurrency", 0),
              .output_name = json.value("output_name", ""),
              .extension = json.value("extension", ""),
              .deliver = json.value("deliver", std::vector<std::string>{}),
              .source = json.value("source", "")};
    const std::string collision = json.value("on_collision", "error");
    plan.on_collision = collision == "suffix"      ? OnCollision::suffix
                        : collision == "overwrite" ? OnCollision::overwrite
                                                   : OnCollision::error;
    for (const Json& step : json.value("steps", Json::array())) {
        plan.steps.push_back(step_of(step));
    }
    return plan;
}

std::string short_id(std::string_view id) {
    constexpr std::size_t shown = 8;
    return std::string(id.size() <= shown ? id : id.substr(id.size() - shown));
}

}  // namespace batch
