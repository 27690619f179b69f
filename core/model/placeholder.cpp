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

constexpr std::array<std::string_view, 4> modifiers{"stem", "base", "dir", "slug"};

/// ":04"; at most two digits of width.
bool is_padding(std::string_view text) {
    return (text.size() == 2 || text.size() == 3) && text.front() == '0' &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_modifier(std::string_view text) {
    return std::ranges::find(modifiers, text) != modifiers.end() || is_padding(text);
}

enum class Looks { like_a_name, like_a_name_or_code, like_code };

/// Whether the text between two braces can be the name of a column.
Looks looks(std::string_view inner) {
    if (inner.empty()) {
        return Looks::like_a_name;
    }
    const auto has = [inner](std::string_view characters) {
        return inner.find_first_of(characters) != std::string_view::npos;
    };
    if (inner.front() == ' ' || inner.back() == ' ' || inner.front() == '.' ||
        has("{}\"'\n\r\t\\")) {
        return Looks::like_code;
    }
    return has(",;()=|&<>$") ? Looks::like_a_name_or_code : Looks::like_a_name;
}

Placeholder parse(std::string_view inner, std::size_t at) {
    Placeholder found{.text = fmt::format("{{{}}}", inner),
                      .name = std::string(inner),
                      .whole = std::string(inner),
                      .at = at,
                      .maybe = looks(inner) == Looks::like_a_name_or_code};
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
        return facts.key;
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

std::string named_value(const Json& row, const std::string& name, const ItemFacts& facts) {
    if (name.empty()) {
        return row.is_string() ? row.get<std::string>() : dump(row);
    }
    if (auto own = own_value(name, facts)) {
        return std::move(*own);
    }
    if (name == "value" && !row.is_object()) {
        return as_text(row);
    }
    if (const Json* const found = reach(row, name)) {
        return as_text(*found);
    }
    throw Error(ErrorKind::bad_input, fmt::format("the row has no \"{}\"", name))
        .with_code("no_column");
}

std::string value_of(const Json& row, const Placeholder& placeholder, const ItemFacts& facts) {
    if (placeholder.modifier.empty()) {
        return named_value(row, placeholder.name, facts);
    }
    // A column whose whole name fits wins over a name with a modifier.
    if (const Json* const whole = reach(row, placeholder.whole)) {
        return as_text(*whole);
    }
    return modified(named_value(row, placeholder.name, facts), placeholder.modifier);
}

}  // namespace

Pattern::Pattern(std::string_view text) : literals_(1) {
    std::size_t at = 0;
    for (auto brace = text.find('{'); brace != std::string_view::npos; brace = text.find('{', at)) {
        if (brace > at && text[brace - 1] == '\\') {
            add_literal(text.substr(at, brace - 1 - at));
            add_literal("{");
            escapes_ = true;
            at = brace + 1;
        } else {
            add_literal(text.substr(at, brace - at));
            at = take_braces(text, brace);
        }
    }
    add_literal(text.substr(at));
}

/// What begins with the brace at `brace`; returns where the rest begins.
std::size_t Pattern::take_braces(std::string_view text, std::size_t brace) {
    const auto close = text.find('}', brace);
    const bool is_closed = close != std::string_view::npos;
    if (text.substr(brace, 2) == "{{") {
        if (!is_closed || text.substr(close, 2) != "}}") {
            add_literal("{");
            return brace + 1;
        }
        const auto whole = text.substr(brace, close + 2 - brace);
        const auto inner = trim(whole.substr(2, whole.size() - 4));
        if (!inner.empty() && looks(inner) == Looks::like_a_name && doubled_.empty()) {
            doubled_ = std::string(whole);
        }
        add_literal(whole);
        return close + 2;
    }
    if (!is_closed || looks(text.substr(brace + 1, close - brace - 1)) == Looks::like_code) {
        add_literal("{");
        return brace + 1;
    }
    placeholders_.push_back(parse(text.substr(brace + 1, close - brace - 1), brace));
    literals_.emplace_back();
    return close + 1;
}

void Pattern::add_literal(std::string_view text) {
    literals_.back() += text;
}

std::string Pattern::fill(const Json& row, const ItemFacts& facts, Clean clean) const {
    std::string out = literals_.front();
    for (std::size_t i = 0; i < placeholders_.size(); ++i) {
        const Placeholder& each = placeholders_[i];
        if (each.maybe && reach(row, each.whole) == nullptr && reach(row, each.name) == nullptr) {
            out += each.text;
        } else {
            const std::string value = value_of(row, each, facts);
            out += clean == nullptr ? value : clean(value);
        }
        out += literals_[i + 1];
    }
    return out;
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

bool needs_filling(const Json& options) {
    if (options.is_string()) {
        return !Pattern(options.get_ref<const std::string&>()).is_plain();
    }
    return options.is_structured() &&
           std::ranges::any_of(options, [](const Json& each) { return needs_filling(each); });
}

std::string without_placeholders(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '{' ? "\\{" : std::string(1, c);
    }
    return escaped;
}

}  // namespace batch
