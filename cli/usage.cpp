#include "cli/usage.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {
namespace {

constexpr std::string_view program = "batchctl ";

std::string verb_of(const CLI::App& app) {
    return app.get_name().substr(program.size());
}

Error usage(const CLI::App& app, const std::string& message) {
    return {ErrorKind::usage, message, fmt::format("see: {} --help", app.get_name())};
}

std::string_view between(std::string_view text, char open, char close) {
    const auto begin = text.find(open);
    const auto end = text.find(close, begin);
    const bool has_both = begin != std::string_view::npos && end != std::string_view::npos;
    return has_both ? text.substr(begin + 1, end - begin - 1) : std::string_view();
}

/// "1,000" of "1000".
std::string grouped_text(std::string_view text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return grouped(number);
}

/// The words that the option takes; empty if it takes others.
std::vector<std::string> members_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const auto members = between(type, '{', '}');
    std::vector<std::string> words;
    if (!members.empty()) {
        words = split(members, ',');
    }
    for (std::string& word : words) {
        word = word.substr(0, word.find("->"));
    }
    return words;
}

/// What the option takes, as the text of its type tells: "TEXT:{a,b}", "INT:INT in [0 - 1000]",
/// "UINT:POSITIVE", "ENUM:value in {always->1,auto->0}".
std::string wanted_by(const CLI::Option& option) {
    if (const auto words = members_of(option); !words.empty()) {
        return "one of " + join(words, ", ");
    }
    const std::string type = option.get_type_name();
    if (const auto range = between(type, '[', ']'); !range.empty()) {
        const auto dash = range.find(" - ");
        return fmt::format("a number from {} to {}", grouped_text(range.substr(0, dash)),
                           grouped_text(range.substr(dash + 3)));
    }
    if (type.ends_with("POSITIVE") || type.ends_with("NONNEGATIVE")) {
        return type.ends_with("POSITIVE") ? "a number from 1" : "a number from 0";
    }
    return "a number";
}

/// The option that a message is about: it begins with its name, or has it behind a colon.
const CLI::Option* option_of(const CLI::App& app, const CLI::ParseError& error) {
    const std::string message = error.what();
    for (const CLI::Option* const option : app.get_options()) {
        const std::string name = option->get_name();
        if (message.starts_with(name + ":") || message.starts_with(name + " ") ||
            message.find(": " + name + " ") != std::string::npos) {
            return option;
        }
    }
    return nullptr;
}

[[noreturn]] void throw_unknown(const CLI::App& app, const std::string& word) {
    std::vector<std::string> known;
    for (const CLI::Option* const option : app.get_options()) {
        const auto& names = option->get_lnames();
        known.insert(known.end(), names.begin(), names.end());
    }
    const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    const auto near = name.size() > 1 ? closest(name, known) : std::nullopt;
    Error error = usage(app, fmt::format("{} has no option \"{}\"", verb_of(app), word));
    throw near ? Error(error.kind(), error.what(), "did you mean: --" + *near) : error;
}

[[noreturn]] void throw_extra(const CLI::App& app) {
    const auto extras = app.remaining();
    const std::string word =
        extras.empty() ? "" : extras.front().substr(0, extras.front().find('='));
    if (word.starts_with("-")) {
        throw_unknown(app, word);
    }
    throw usage(app, fmt::format("\"{}\" is one word too many", word));
}

[[noreturn]] void throw_about(const CLI::App& app, const CLI::Option& option) {
    const std::string name = option.get_name();
    if (option.get_items_expected_max() == 0) {
        throw usage(app, fmt::format("{} takes no value", name));
    }
    if (option.results().empty()) {
        throw usage(app, name.starts_with("-") ? fmt::format("{} needs a value", name)
                                               : fmt::format("{} needs {}", verb_of(app), name));
    }
    if (option.results().size() > 1 && option.get_items_expected_max() == 1) {
        throw usage(app, fmt::format("{} stands there more than once", name));
    }
    const std::string value = join(option.results(), ",");
    const Error error =
        usage(app, fmt::format("{} is \"{}\", not {}", name, printable(value), wanted_by(option)));
    const auto near = closest(value, members_of(option));
    const std::string typed = name.starts_with("-") ? name + " " : "";
    throw near ? Error(error.kind(), error.what(), "did you mean: " + typed + *near) : error;
}

}  // namespace

void throw_usage(const CLI::App& app, const CLI::ParseError& error) {
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
        throw_extra(app);
    }
    if (const CLI::Option* const option = option_of(app, error)) {
        throw_about(app, *option);
    }
    throw usage(app, error.what());
}

}  // namespace batch::cli
