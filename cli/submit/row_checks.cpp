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

struct RowChecks::Filled {
    Json options;
    std::vector<std::string> command;  ///< as typed; empty for other plugins
    std::size_t dashes = 0;            ///< where a word -- stands, or the end
};

RowChecks::RowChecks(const RowRules& rules, Problems& problems)
    : rules_(rules), problems_(problems), names_(rules.plan, problems) {
    for (const Step& step : rules.plan.steps) {
        if (step.has_placeholders) {
            Filled filled{.options = parse_json(step.options, "the options")};
            filled.command = command_of(filled.options);
            filled.dashes = static_cast<std::size_t>(std::ranges::find(filled.command, "--") -
                                                     filled.command.begin());
            steps_.push_back(std::move(filled));
        }
    }
}

RowChecks::~RowChecks() = default;

int RowChecks::check(const Row& row, std::int64_t index) {
    if (steps_.empty() && !names_.are_named()) {
        return 0;
    }
    const Json payload = parse_json(row.payload, "the row");
    const RowPlace at{rules_.file, static_cast<std::int64_t>(row.line), index};
    const ItemFacts facts{.batch = rules_.batch,
                          .index = static_cast<std::uint32_t>(index),
                          .line = at.line,
                          .key = fmt::format("{}/{}", rules_.batch, index)};
    try {
        for (const Filled& step : steps_) {
            check_words(step, fill_options(step.options, payload, facts), at);
        }
        return names_.take(payload, facts, at);
    } catch (const Error& error) {
        problems_.add(at.error(error.what(), error.hint()));
    }
    return 0;
}

void RowChecks::check_words(const Filled& step, const Json& filled, const RowPlace& at) {
    const std::vector<std::string> words = command_of(filled);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& typed = step.command[i];
        const std::string& word = words[i];
        if (word == typed) {
            continue;
        }
        if (auto problem = problem_of(typed, word, at)) {
            problems_.add(std::move(*problem));
        } else if (i > 0 && i < step.dashes && !rules_.allow_dash && word.starts_with('-') &&
                   !typed.starts_with('-') && !is_number(word)) {
            problems_.add(at.error(
                fmt::format("{} becomes \"{}\", which the command would take for an option", typed,
                            printable(word.substr(0, longest_shown))),
                fmt::format("put -- before {}, or if it is meant: --allow-dash", typed)));
        }
    }
}

std::string RowChecks::output_of(const Row& row, std::int64_t index, std::int64_t total,
                                 int suffix) const {
    const ItemFacts facts{.batch = rules_.batch,
                          .index = static_cast<std::uint32_t>(index),
                          .total = total,
                          .line = static_cast<std::int64_t>(row.line),
                          .key = fmt::format("{}/{}", rules_.batch, index)};
    return names_.shown(parse_json(row.payload, "the row"), facts, suffix);
}

}  // namespace batch::cli
