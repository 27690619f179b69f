#include "cli/submit/row_checks.hpp"

#include "cli/submit/exec_step.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace batch::cli {
namespace {

constexpr std::size_t longest_word = std::size_t{128} << 10;  // MAX_ARG_STRLEN, execve(2)
constexpr std::size_t longest_shown = 60;

bool is_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

/// What keeps a filled-in word from being an argument; absent if nothing does.
std::optional<Error> problem_of(const std::string& typed, const std::string& word,
                                const RowPlace& at) {
    if (word.find('\0') != std::string::npos) {
        return at.error(fmt::format("{} has a NUL character, which no argument can hold", typed));
    }
    if (word.size() >= longest_word) {
        return at.error(
            fmt::format("{} becomes {}, and an argument holds at most 128 KiB", typed,
                        bytes_text(word.size())),
            "the command can read it from standard input instead, where the item is: {}");
    }
    return std::nullopt;
}

}  // namespace

RowChecks::RowChecks(const RowRules& rules, Problems& problems)
    : rules_(rules), problems_(problems), names_(rules.plan, problems) {
    for (const Step& step : rules.plan.steps) {
        if (step.has_placeholders) {
            Json options = parse_json(step.options, "the options");
            add_command(command_of(options));
            options.erase("command");
            add_texts(options);
        }
    }
}

void RowChecks::add_command(const std::vector<std::string>& command) {
    bool may_dash = true;  // the program itself
    for (const std::string& word : command) {
        add({.pattern = Pattern(word),
             .typed = word,
             .is_word = true,
             .may_dash = may_dash || word.starts_with('-')});
        may_dash = rules_.allow_dash || word == "--" || (may_dash && &word != &command.front());
    }
}

void RowChecks::add_texts(const Json& options) {
    if (options.is_string()) {
        const auto& text = options.get_ref<const std::string&>();
        add({.pattern = Pattern(text), .typed = text});
    } else if (options.is_structured()) {
        for (const Json& each : options) {
            add_texts(each);
        }
    }
}

void RowChecks::add(Text text) {
    if (!text.pattern.placeholders().empty()) {
        part_.need(text.pattern);
        texts_.push_back(std::move(text));
    }
}

int RowChecks::check(const Row& row, std::int64_t index) {
    if (texts_.empty() && !names_.are_named()) {
        return 0;
    }
    const RowPlace at{rules_.file, static_cast<std::int64_t>(row.line), index};
    const ItemFacts facts{.batch = rules_.batch,
                          .index = static_cast<std::uint32_t>(index),
                          .line = at.line,
                          .key = fmt::format("{}/{}", rules_.batch, index)};
    try {
        const Json values = texts_.empty() ? Json() : part_.of(row.payload);
        for (const Text& text : texts_) {
            const std::string filled = text.pattern.fill(values, facts);
            if (text.is_word) {
                check_word(text, filled, at);
            }
        }
        return names_.take(row, facts, at);
    } catch (const Error& error) {
        problems_.add(at.error(error.what(), error.hint()));
    }
    return 0;
}

void RowChecks::check_word(const Text& text, const std::string& word, const RowPlace& at) {
    if (auto problem = problem_of(text.typed, word, at)) {
        problems_.add(std::move(*problem));
    } else if (!text.may_dash && word.starts_with('-') && !is_number(word)) {
        problems_.add(
            at.error(fmt::format("{} becomes \"{}\", which the command would take for an option",
                                 text.typed, printable(word.substr(0, longest_shown))),
                     fmt::format("put -- before {}, or if it is meant: --allow-dash", text.typed)));
    }
}

std::string RowChecks::output_of(const Row& row, std::int64_t index, std::int64_t total,
                                 int suffix) const {
    const ItemFacts facts{.batch = rules_.batch,
                          .index = static_cast<std::uint32_t>(index),
                          .total = total,
                          .line = static_cast<std::int64_t>(row.line),
                          .key = fmt::format("{}/{}", rules_.batch, index)};
    return names_.shown(row, facts, suffix);
}

}  // namespace batch::cli
