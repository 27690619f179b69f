#include "core/model/placeholder.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace batch {
namespace {

constexpr std::array<std::string_view, 7> own_names{"@index", "@line", "@file", "@out",
                                                    "@batch", "@key",  "@item"};
constexpr std::array<std::string_view, 4> modifiers{"stem", "base", "dir", "slug"};

bool is_padding(std::string_view text) {
    return text.size() >= 2 && text.front() == '0' &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_modifier(std::string_view text) {
    return std::ranges::find(modifiers, text) != modifiers.end() || is_padding(text);
}

/// Whether the text between two braces can be the name of a column.
bool is_name(std::string_view inner) {
    if (inner.empty()) {
        return true;
    }
    if (inner.front() == ' ' || inner.back() == ' ' || inner.front() == '.' ||
        inner.front() == '$') {
        return false;
    }
    return inner.find_first_of("{}\"'\n\r\t,;$()=|&<>\\") == std::string_view::npos;
}

Placeholder parse(std::string_view inner, std::size_t at) {
    Placeholder found{.text = fmt::format("{{{}}}", inner),
                      .name = std::string(inner),
                      .whole = std::string(inner),
                      .at = at};
    const auto colon = inner.rfind(':');
    if (colon != std::string_view::npos && is_modifier(inner.substr(colon + 1))) {
        found.name = std::string(inner.substr(0, colon));
        found.modifier = std::string(inner.substr(colon + 1));
    }
    return found;
}

const Json* reach(const Json& row, std::string_view name) {
    if (row.is_object()) {
        if (const auto found = row.find(name); found != row.end()) {
            return &*found;
        }
        const auto dot = name.find('.');
        if (dot != std::string_view::npos) {
            const auto outer = row.find(name.substr(0, dot));
            return outer == row.end() ? nullptr : reach(*outer, name.substr(dot + 1));
        }
    }
    return nullptr;
}

std::string as_text(const Json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    return value.is_null() ? std::string() : dump(value);
}

std::optional<std::string> own_value(std::string_view name, const ItemFacts& facts) {
    if (name == "@index") {
        return std::to_string(facts.index);
    }
    if (name == "@line") {
        return facts.line == 0 ? std::string() : std::to_string(facts.line);
    }
    if (name == "@file") {
        return std::string(facts.file);
    }
    if (name == "@out") {
        return std::string(facts.out);
    }
    if (name == "@batch") {
        return std::string(facts.batch);
    }
    if (name == "@key") {
        return std::string(facts.key);
    }
    return std::nullopt;
}

/// Letters and digits of any script, the rest as single dashes.
std::string slug(std::string_view text) {
    std::string out;
    for (const char c : lower(text)) {
        const bool keeps = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
        if (keeps) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    while (!out.empty() && out.back() == '-') {
        out.pop_back();
    }
    return out;
}

std::string modified(const std::string& value, std::string_view modifier) {
    const auto slash = value.rfind('/');
    const std::string base = slash == std::string::npos ? value : value.substr(slash + 1);
    if (modifier == "base") {
        return base;
    }
    if (modifier == "stem") {
        const auto dot = base.rfind('.');
        return dot == std::string::npos || dot == 0 ? base : base.substr(0, dot);
    }
    if (modifier == "dir") {
        return slash == std::string::npos ? "." : slash == 0 ? "/" : value.substr(0, slash);
    }
    if (modifier == "slug") {
        return slug(value);
    }
    const auto width = static_cast<std::size_t>(std::stoul(std::string(modifier)));
    return value.size() >= width ? value : std::string(width - value.size(), '0') + value;
}

std::string value_of(const Json& row, const Placeholder& placeholder, const ItemFacts& facts) {
    // A column whose whole name fits wins over a name with a modifier.
    if (const Json* const whole = reach(row, placeholder.whole)) {
        return as_text(*whole);
    }
    std::string value;
    if (placeholder.name.empty()) {
        value = row.is_string() ? row.get<std::string>() : dump(row);
    } else if (auto own = own_value(placeholder.name, facts)) {
        value = std::move(*own);
    } else if (placeholder.name == "value" && !row.is_object()) {
        value = as_text(row);
    } else if (const Json* const found = reach(row, placeholder.name)) {
        value = as_text(*found);
    } else {
        throw Error(ErrorKind::bad_input, fmt::format("the row has no \"{}\"", placeholder.name))
            .with_code("no_column");
    }
    return placeholder.modifier.empty() ? value : modified(value, placeholder.modifier);
}

}  // namespace

Pattern::Pattern(std::string_view text) : literals_(1) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto brace = text.find('{', at);
        if (brace == std::string_view::npos) {
            break;
        }
        if (brace > at && text[brace - 1] == '\\') {
            add_literal(text.substr(at, brace - 1 - at));
            add_literal("{");
            at = brace + 1;
            continue;
        }
        const bool is_double = text.substr(brace, 2) == "{{";
        const auto close = text.find('}', brace);
        if (is_double && close != std::string_view::npos && text.substr(close, 2) == "}}") {
            const auto inner = trim(text.substr(brace + 2, close - brace - 2));
            if (!inner.empty() && is_name(inner) && doubled_.empty()) {
                doubled_ = std::string(text.substr(brace, close + 2 - brace));
            }
            add_literal(text.substr(at, close + 2 - at));
            at = close + 2;
            continue;
        }
        if (close == std::string_view::npos || is_double ||
            !is_name(text.substr(brace + 1, close - brace - 1))) {
            add_literal(text.substr(at, brace + 1 - at));
            at = brace + 1;
            continue;
        }
        add_literal(text.substr(at, brace - at));
        placeholders_.push_back(parse(text.substr(brace + 1, close - brace - 1), brace));
        literals_.emplace_back();
        at = close + 1;
    }
    if (at < text.size()) {
        add_literal(text.substr(at));
    }
}

void Pattern::add_literal(std::string_view text) {
    literals_.back() += text;
}

std::string Pattern::fill(const Json& row, const ItemFacts& facts, Clean clean) const {
    std::string out = literals_.front();
    for (std::size_t i = 0; i < placeholders_.size(); ++i) {
        const std::string value = value_of(row, placeholders_[i], facts);
        out += clean == nullptr ? value : clean(value);
        out += literals_[i + 1];
    }
    return out;
}

bool has_value(const Json& row, const Placeholder& placeholder) {
    return placeholder.name.empty() || reach(row, placeholder.whole) != nullptr ||
           reach(row, placeholder.name) != nullptr ||
           (placeholder.name == "value" && !row.is_object()) ||
           std::ranges::find(own_names, placeholder.name) != own_names.end();
}

Json fill_options(const Json& options, const Json& row, const ItemFacts& facts) {
    if (options.is_string()) {
        return Pattern(options.get_ref<const std::string&>()).fill(row, facts);
    }
    Json filled = options;
    if (options.is_structured()) {
        for (auto& [key, value] : filled.items()) {
            value = fill_options(value, row, facts);
        }
    }
    return filled;
}

std::vector<Placeholder> placeholders_in(const Json& options) {
    if (options.is_string()) {
        return Pattern(options.get_ref<const std::string&>()).placeholders();
    }
    std::vector<Placeholder> all;
    if (options.is_structured()) {
        for (const auto& [key, value] : options.items()) {
            std::ranges::move(placeholders_in(value), std::back_inserter(all));
        }
    }
    return all;
}

}  // namespace batch
