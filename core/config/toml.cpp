#include "core/config/toml.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <tuple>

// The only user of toml++.
#include <toml++/toml.h>

namespace batch {

namespace {

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

TomlValue convert(const toml::node& node);

TomlList convert_list(const toml::array& array) {
    TomlList list;
    list.reserve(array.size());
    for (const toml::node& node : array) {
        list.push_back(convert(node));
    }
    return list;
}

TomlTable convert_table(const toml::table& source) {
    TomlTable table;
    for (const auto& [key, node] : source) {
        const auto place = key.source().begin;
        table.push_back({std::string(key.str()), convert(node), place.line, place.column});
    }
    // toml++ sorts by name; people expect the order of the file.
    std::ranges::stable_sort(
        table, {}, [](const TomlMember& member) { return std::tuple(member.line, member.column); });
    return table;
}

template <typename Time>
std::string time_text(const Time& time) {
    std::ostringstream text;
    text << time;
    return text.str();
}

TomlValue convert(const toml::node& node) {
    TomlValue value;
    value.line = node.source().begin.line;
    value.column = node.source().begin.column;
    node.visit(Overloaded{
        [&](const toml::table& table) { value.content = convert_table(table); },
        [&](const toml::array& array) { value.content = convert_list(array); },
        [&](const toml::value<std::string>& text) { value.content = text.get(); },
        [&](const toml::value<std::int64_t>& number) { value.content = number.get(); },
        [&](const toml::value<double>& number) { value.content = number.get(); },
        [&](const toml::value<bool>& truth) { value.content = truth.get(); },
        [&](const auto& time) { value.content = time_text(time.get()); },
    });
    return value;
}

/// toml++ says "Error while parsing string: reason"; here it is "reason while parsing string".
std::string reworded(std::string_view message) {
    constexpr std::string_view begin = "Error ";
    const auto colon = message.find(": ");
    if (!message.starts_with(begin) || colon == std::string_view::npos) {
        std::string lowered(message);
        lowered.front() = lower(message.substr(0, 1)).front();
        return lowered;
    }
    std::string_view reason = message.substr(colon + 2);
    while (reason.ends_with('.')) {
        reason.remove_suffix(1);
    }
    return std::string(reason) + ' ' +
           std::string(message.substr(begin.size(), colon - begin.size()));
}

}  // namespace

std::string_view kind_of(const TomlValue& value) noexcept {
    constexpr std::array<std::string_view, 6> words{"true or false", "a number", "a fraction",
                                                    "a text",        "a list",   "a table"};
    return words[value.content.index()];
}

TomlTable parse_toml(std::string_view text, const std::string& file, ErrorKind kind) {
    try {
        return convert_table(toml::parse(text, file));
    } catch (const toml::parse_error& error) {
        const auto place = error.source().begin;
        throw Error(kind, reworded(error.description())).at({file, place.line, place.column});
    }
}

}  // namespace batch
