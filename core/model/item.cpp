#include "core/model/item.hpp"

#include "core/base/json.hpp"

#include <nlohmann/json.hpp>

namespace batch {

std::string to_json(const ItemError& error) {
    Json json{
        {"class", word_of(error.error_class)}, {"code", error.code}, {"message", error.message}};
    if (!error.hint.empty()) {
        json["hint"] = error.hint;
    }
    json["step"] = error.step;
    json["attempt"] = error.attempt;
    json["at"] = error.at.time_since_epoch().count();
    return dump(json);
}

ItemError item_error_of(std::string_view text) {
    const Json json = parse_json(text, "the stored error");
    return {.error_class = error_class_of(json.value("class", "")).value_or(ErrorClass::permanent),
            .code = json.value("code", ""),
            .message = json.value("message", ""),
            .hint = json.value("hint", ""),
            .step = json.value("step", ""),
            .attempt = json.value("attempt", 0),
            .at = TimePoint(Millis(json.value("at", std::int64_t{0})))};
}

}  // namespace batch
