#include "cli/usage.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {
namespace {

std::string see(const CLI::App& app) {
    return fmt::format("see: {} --help", app.get_name());
}

std::vector<std::string> long_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* const option : app.get_options()) {
        for (const std::string& each : option->get_lnames()) {
            names.push_back("--" + each);
        }
    }
    return names;
}

[[noreturn]] void throw_extra(const CLI::App& app) {
    const auto extras = app.remaining();
    const std::string word =
        extras.empty() ? "" : extras.front().substr(0, extras.front().find('='));
    if (!word.starts_with("-")) {
        throw Error(ErrorKind::usage, fmt::format("\"{}\" is one word too many", word), see(app));
    }
    const auto near = closest(word, long_names(app));
    throw Error(ErrorKind::usage,
                fmt::format("{} has no option \"{}\"", app.get_name().substr(9), word),
                near ? "did you mean: " + *near : see(app));
}

/// What stands between the two texts; absent if one of them is missing.
std::optional<std::string> between(std::string_view text, std::string_view before,
                                   std::string_view behind) {
    const auto from = text.find(before);
    if (from == std::string_view::npos) {
        return std::nullopt;
    }
    text.remove_prefix(from + before.size());
    const auto to = behind.empty() ? text.size() : text.find(behind);
    return to == std::string_view::npos ? std::nullopt
                                        : std::optional(std::string(text.substr(0, to)));
}

/// "--format: foo not in {table,json}"
void throw_no_member(std::string_view text, const std::string& name) {
    const auto value = between(text, ": ", " not in {");
    const auto members = between(text, " not in {", "}");
    if (!value || !members) {
        return;
    }
    const std::vector<std::string> all = split(*members, ',');
    const auto near = closest(*value, all);
    const bool is_option = name.starts_with("-");
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" is no value of {} ({})", *value, name, join(all, ", ")),
                near ? fmt::format("did you mean: {}{}", is_option ? name + " " : "", *near) : "");
}

/// "--retries: Value -1 not in range 0 to 1000", with numbers of 300 digits where there is no
/// limit, and "Could not convert: --limit = x".
void throw_no_number(std::string_view text, const std::string& name) {
    const auto value = between(text, "Value ", " not in range ");
    const auto converted = between(text, "Could not convert: ", " = ");
    if (converted) {
        throw Error(ErrorKind::usage, fmt::format("{} takes a whole number, not \"{}\"", *converted,
                                                  between(text, " = ", "").value_or("")));
    }
    if (!value) {
        return;
    }
    const bool is_open = text.find(" 0.000000 to ") != std::string_view::npos;
    const std::string range =
        !is_open ? fmt::format(" from {} to {}", between(text, " in range ", " to ").value_or(""),
                               between(text, " to ", "").value_or(""))
        : *value == "0" ? " from 1"
                        : "";
    throw Error(ErrorKind::usage,
                fmt::format("{} takes a whole number{}, not \"{}\"", name, range, *value));
}

}  // namespace

void throw_usage(const CLI::App& app, const CLI::ParseError& error) {
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
        throw_extra(app);
    }
    std::string text = error.what();
    const std::string name = text.substr(0, text.find(':'));
    throw_no_member(text, name);
    throw_no_number(text, name);
    if (const auto option = between(text, "", ": 1 required ");
        option && text.ends_with(" missing")) {
        throw Error(ErrorKind::usage, *option + " needs a value", see(app));
    }
    if (between(text, ": At Most 1 required", "")) {
        throw Error(ErrorKind::usage, name + " stands there more than once", see(app));
    }
    if (text.size() > 1 && text[1] >= 'a' && text[0] >= 'A' && text[0] <= 'Z') {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    throw Error(ErrorKind::usage, text, see(app));
}

}  // namespace batch::cli
