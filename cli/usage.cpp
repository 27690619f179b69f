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

}  // namespace

void throw_usage(const CLI::App& app, const CLI::ParseError& error) {
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
        throw_extra(app);
    }
    std::string text = error.what();
    const std::string name = text.substr(0, text.find(':'));
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
