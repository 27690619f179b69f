#include "core/plugin/options.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch {

namespace {

/// Behind the value that begins at `begin`: a comma inside of braces, brackets or quotes does not
/// end it.
std::size_t end_of_value(std::string_view text, std::size_t begin) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t at = begin; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted && c == '\\') {
            ++at;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            ++depth;
        } else if (!quoted && (c == '}' || c == ']')) {
            --depth;
        } else if (!quoted && depth <= 0 && c == ',') {
            return at;
        }
    }
    return text.size();
}

std::string unquote(std::string_view text) {
    std::string result;
    for (std::size_t at = 1; at + 1 < text.size(); ++at) {
        if (text[at] == '\\' && at + 2 < text.size()) {
            ++at;
        }
        result += text[at];
    }
    return result;
}

bool is_quoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"') {
        return false;
    }
    std::size_t at = 1;
    while (at < text.size() && text[at] != '"') {
        at += text[at] == '\\' ? 2U : 1U;
    }
    return at + 1 == text.size();
}

PluginArgument::Value parse_value(std::string_view part, const PluginArgument& argument,
                                  const Typed& typed) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        throw Error(ErrorKind::usage,
                    typed.with_outcome(fmt::format("\"{}\" in the options of plugin {} is not "
                                                   "key=value",
                                                   part, argument.name)),
                    fmt::format("write: {}", typed.say(argument.name, ":key=value,key=\"a, b\"")));
    }
    const std::string_view value = part.substr(equals + 1);
    if (value.starts_with('"') && !is_quoted(value)) {
        throw Error(ErrorKind::usage,
                    typed.with_outcome(fmt::format(
                        "a quote in the options of plugin {} is never closed", argument.name)),
                    fmt::format("write: {}", typed.say(argument.name, ":key=\"a, b\"")));
    }
    return {.key = std::string{part.substr(0, equals)},
            .text = is_quoted(value) ? unquote(value) : std::string{value},
            .quoted = is_quoted(value)};
}

bool allows(const Json& schema, std::string_view type) {
    const auto found = schema.find("type");
    if (found == schema.end()) {
        return type == "string";
    }
    return found->is_array() ? std::ranges::find(*found, type) != found->end() : *found == type;
}

/// The JSON value a text stands for, if it is one of a type that `fits`.
std::optional<Json> as_json(const std::string& text, bool (*fits)(const Json&)) {
    Json value = Json::parse(text, nullptr, false);
    if (value.is_discarded() || !fits(value)) {
        return std::nullopt;
    }
    return value;
}

/// A text that does not fit its schema stays a text; check_options() then says so.
Json typed_value(const PluginArgument::Value& value, const Json& schema) {
    const std::string& text = value.text;
    if (allows(schema, "array") && !value.quoted && text.starts_with('[')) {
        return as_json(text, [](const Json& j) { return j.is_array(); }).value_or(text);
    }
    if (allows(schema, "array")) {
        return Json::array({typed_value(value, schema.value("items", Json::object()))});
    }
    std::optional<Json> typed;
    if (!value.quoted && (allows(schema, "number") || allows(schema, "integer"))) {
        typed = as_json(text, [](const Json& j) { return j.is_number(); });
    }
    if (!typed && !value.quoted && allows(schema, "boolean")) {
        typed = as_json(text, [](const Json& j) { return j.is_boolean(); });
    }
    if (!typed && !value.quoted && allows(schema, "object")) {
        typed = as_json(text, [](const Json& j) { return j.is_object(); });
    }
    return typed.value_or(text);
}

Json schema_of(const Json& schema, const std::string& key) {
    const Json properties = schema.value("properties", Json::object());
    if (properties.contains(key)) {
        return properties.at(key);
    }
    const Json others = schema.value("additionalProperties", Json::object());
    return others.is_object() ? others : Json::object();
}

/// False if it is there already, and no list.
bool add(Json& options, const std::string& key, Json value) {
    const auto found = options.find(key);
    if (found == options.end()) {
        options[key] = std::move(value);
    } else if (found->is_array() && value.is_array()) {
        found->insert(found->end(), value.begin(), value.end());
    } else {
        return false;
    }
    return true;
}

Json typed_values(const PluginArgument& argument, const Manifest& manifest, const Typed& typed) {
    const Json schema = parse_json(manifest.options, "the manifest's options");
    Json options = Json::object();
    for (const auto& value : argument.values) {
        if (!add(options, value.key, typed_value(value, schema_of(schema, value.key)))) {
            throw Error(ErrorKind::usage,
                        typed.with_outcome(fmt::format("option \"{}\" of plugin {} is given twice",
                                                       value.key, manifest.name)));
        }
    }
    return options;
}

}  // namespace

PluginArgument parse_plugin_argument(std::string_view text, const Typed& typed) {
    const auto colon = text.find(':');
    PluginArgument argument{.name = std::string{text.substr(0, colon)}};
    if (argument.name.empty()) {
        throw Error(ErrorKind::usage,
                    typed.with_outcome(fmt::format("\"{}\" names no plugin", text)),
                    "see which there are: batchctl plugin list");
    }
    if (colon == std::string_view::npos) {
        return argument;
    }
    argument.rest = text.substr(colon);
    const std::string_view options = text.substr(colon + 1);
    if (options.starts_with('{')) {
        argument.json = options;
        return argument;
    }
    for (std::size_t begin = 0; begin < options.size();) {
        const std::size_t end = end_of_value(options, begin);
        argument.values.push_back(parse_value(options.substr(begin, end - begin), argument, typed));
        begin = end + 1;
    }
    return argument;
}

Json options_of(const PluginArgument& argument, const Manifest& manifest, const Typed& typed) {
    Typed complete = typed;
    if (complete.rest.empty()) {
        complete.rest = argument.rest;
    }
    Json options =
        argument.json.empty()
            ? typed_values(argument, manifest, complete)
            : parse_json(argument.json, fmt::format("what is given to {}", manifest.name));
    check_options(options, manifest, complete);
    return options;
}

}  // namespace batch
