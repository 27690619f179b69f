#include "core/model/row_part.hpp"

#include "core/base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch {
namespace {

/// A member's name or a text value, without quotes and escapes.
Json value_of(std::string_view raw) {
    return raw.starts_with('"') ? Json(json_text(raw)) : Json::parse(raw);
}

}  // namespace

// A name is looked up as it is, then up to its first dot.
void RowPart::need(std::string_view name) {
    for (const auto key : {name, name.substr(0, name.find('.'))}) {
        if (std::ranges::find(keys_, key) == keys_.end()) {
            keys_.emplace_back(key);
        }
    }
}

void RowPart::need(const Pattern& pattern) {
    for (const Placeholder& each : pattern.placeholders()) {
        whole_ = whole_ || each.name.empty();
        if (!each.name.starts_with('@')) {
            need(each.name);
        }
        need(each.whole);
    }
}

Json RowPart::of(std::string_view row) const {
    if (whole_ || !row.starts_with('{')) {
        return value_of(row);
    }
    Json part = Json::object();
    for_each_member(row, [this, &part](std::string_view key, std::string_view value) {
        const bool is_plain = key.find('\\') == std::string_view::npos;
        const std::string name = is_plain ? std::string() : json_text(key);
        const std::string_view shown = is_plain ? key.substr(1, key.size() - 2) : name;
        if (std::ranges::find(keys_, shown) != keys_.end()) {
            part[std::string(shown)] = value_of(value);
        }
    });
    return part;
}

}  // namespace batch
