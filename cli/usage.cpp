#include "cli/usage.hpp"

#include "core/base/text.hpp"

#include <fmt/core.h>

#include <string_view>

namespace batch::cli {
namespace {

std::string see(const std::string& program) {
    return fmt::format("see: {} --help", program);
}

/// What stands in front of the mark; empty if the text has none.
std::string before(const std::string& text, std::string_view mark) {
    const auto found = text.find(mark);
    return found == std::string::npos ? "" : text.substr(0, found);
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

}  // namespace

Error unknown_word(const std::string& program, const std::string& word,
                   const std::vector<std::string>& options) {
    const std::string name = word.substr(0, word.find('='));
    if (!name.starts_with("-")) {
        return {ErrorKind::usage, fmt::format("\"{}\" is one word too many", name), see(program)};
    }
    const auto near = closest(name, options);
    return {ErrorKind::usage,
            fmt::format("{} has no option \"{}\"", program.substr(program.find(' ') + 1), name),
            near ? "did you mean: " + *near : see(program)};
}

Error usage_error(const std::string& program, std::string text) {
    if (const auto option = before(text, ": 1 required "); !option.empty()) {
        return {ErrorKind::usage, option + " needs a value", see(program)};
    }
    if (const auto option = before(text, ": At Most 1 required"); !option.empty()) {
        return {ErrorKind::usage, option + " stands there more than once", see(program)};
    }
    if (text.size() > 1 && is_upper(text[0]) && is_lower(text[1])) {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    return {ErrorKind::usage, text, see(program)};
}

}  // namespace batch::cli
