#include "cli/submit/row_checks.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/output_name.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_word = 128 << 10;  // MAX_ARG_STRLEN, execve(2)

bool is_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

/// "-o '{name} {class}'": the name with a column that it does not have yet.
std::string suggestion(const Plan& plan, const Json& row) {
    std::string name = plan.output_name;
    if (row.is_object()) {
        for (const auto& [column, value] : row.items()) {
            if (name.find("{" + column) == std::string::npos) {
                name += fmt::format(" {{{}}}", column);
                return fmt::format(
                    "tell them apart with another column: -o '{}', or number them: --on-collision "
                    "suffix",
                    name);
            }
        }
    }
    return "number them: --on-collision suffix";
}

}  // namespace

RowChecks::RowChecks(const SubmitOptions& options, const Plan& plan, std::string file,
                     Problems& problems)
    : options_(options), plan_(plan), file_(std::move(file)), problems_(problems) {
    bool behind_dashes = false;
    for (const std::string& word : options.command) {
        Pattern pattern(word);
        // Only a placeholder that begins its word can make the word an option.
        if (word == "--") {
            behind_dashes = true;
        }
        needed_ = needed_ || !pattern.placeholders().empty();
        words_.push_back(std::move(pattern));
        dashes_end_ += behind_dashes ? 0 : 1;
    }
    named_ = !plan.output_name.empty();
    needed_ = needed_ || named_ || std::ranges::any_of(plan.steps, &Step::has_placeholders);
    if (named_) {
        names_ = open_name_book();
    }
}

void RowChecks::add(const std::string& message, const Row& at, std::int64_t index,
                    const std::string& hint) {
    if (at.line > 0 && !file_.empty()) {
        problems_.add(Error(ErrorKind::bad_input, message, hint).at({file_, at.line, 0}));
    } else {
        problems_.add(
            Error(ErrorKind::bad_input, fmt::format("item {}: {}", index, message), hint));
    }
}

int RowChecks::check(const Row& row, std::int64_t index) {
    if (!needed_) {
        return 0;
    }
    const Json payload = parse_json(row.payload, "the row");
    const ItemFacts facts{.index = static_cast<std::uint32_t>(index),
                          .line = static_cast<std::int64_t>(row.line)};
    try {
        check_words(payload, facts, row);
        return named_ ? check_name(payload, facts, row) : 0;
    } catch (const Error& error) {
        add(error.what(), row, index, error.hint());
    }
    return 0;
}

void RowChecks::check_words(const Json& row, const ItemFacts& facts, const Row& at) {
    for (const Step& step : plan_.steps) {
        if (step.has_placeholders && step.plugin != "exec") {
            fill_options(parse_json(step.options, "the options"), row, facts);
        }
    }
    for (std::size_t i = 0; i < words_.size(); ++i) {
        if (words_[i].placeholders().empty()) {
            continue;
        }
        const std::string word = words_[i].fill(row, facts);
        if (word.find('\0') != std::string::npos) {
            add(fmt::format("\"{}\" holds a NUL character, which no argument can",
                            options_.command[i]),
                at, facts.index);
        } else if (word.size() > longest_word) {
            add(fmt::format("\"{}\" becomes {}, and an argument holds at most 128 KiB",
                            options_.command[i], bytes_text(word.size())),
                at, facts.index, "read it from standard input, where the whole row is");
        } else if (i > 0 && i < dashes_end_ && !options_.allow_dash && word.starts_with('-') &&
                   !options_.command[i].starts_with('-') && !is_number(word)) {
            add(fmt::format("\"{}\" becomes \"{}\", which the command would take for an option",
                            options_.command[i], printable(word.substr(0, 60))),
                at, facts.index,
                fmt::format("put -- before {}, or if it is meant: --allow-dash",
                            options_.command[i]));
        }
    }
}

std::string RowChecks::name_of(const Json& row, const ItemFacts& facts, int suffix) const {
    return output_name(plan_, row, facts, {.suffix = suffix, .extension = plan_.extension});
}

bool RowChecks::is_there(const std::string& name) const {
    return std::ranges::any_of(options_.deliver, [&name](const std::string& folder) {
        std::error_code ignored;
        return fs::exists(fs::path(folder) / name, ignored);
    });
}

int RowChecks::free_number(const Json& row, const ItemFacts& facts) {
    const std::string base = name_of(row, facts, 0);
    for (;;) {
        const int number = names_->next_number(base);
        const std::string name = name_of(row, facts, number);
        if (!is_there(name) && !names_->take(name, {facts.index, facts.line})) {
            return number;
        }
    }
}

int RowChecks::check_name(const Json& row, const ItemFacts& facts, const Row& at) {
    const std::string name = name_of(row, facts, 0);
    const bool suffix = plan_.on_collision == OnCollision::suffix;
    const auto owner = names_->take(name, {facts.index, facts.line});
    if (owner && suffix) {
        return free_number(row, facts);
    }
    if (owner) {
        Row earlier;
        earlier.line = static_cast<std::size_t>(owner->line);
        add(fmt::format("\"{}\" would also be the output of {} {}", name,
                        facts.line > 0 ? "line" : "item",
                        facts.line > 0 ? facts.line : static_cast<std::int64_t>(facts.index)),
            earlier, owner->index);
        problems_.suggest(suggestion(plan_, row));
        return 0;
    }
    if (!is_there(name)) {
        return 0;
    }
    if (suffix) {
        return free_number(row, facts);
    }
    if (there_++ == 0) {
        first_there_ = name;
    }
    static_cast<void>(at);
    return 0;
}

void RowChecks::finish(std::int64_t total) {
    if (plan_.on_collision != OnCollision::error) {
        return;
    }
    if (!named_ && !options_.deliver.empty() && !plan_.extension.empty()) {
        for (std::int64_t index = 0; index < total; ++index) {
            const ItemFacts facts{.index = static_cast<std::uint32_t>(index), .total = total};
            const std::string name = name_of(Json::object(), facts, 0);
            if (is_there(name) && there_++ == 0) {
                first_there_ = name;
            }
        }
    }
    if (there_ > 0) {
        problems_.throw_if_any();
        throw Error(
            ErrorKind::usage,
            fmt::format("{} of {} outputs are already in {}, the first is \"{}\"; nothing "
                        "was stored",
                        grouped(there_), grouped(total), options_.deliver.front(), first_there_),
            "replace them: --on-collision overwrite");
    }
}

std::string RowChecks::output_of(const Row& row, std::int64_t index, std::int64_t total,
                                 int suffix) const {
    const Json payload = parse_json(row.payload, "the row");
    const ItemFacts facts{.index = static_cast<std::uint32_t>(index),
                          .total = total,
                          .line = static_cast<std::int64_t>(row.line)};
    const std::string name = name_of(payload, facts, suffix);
    if (options_.deliver.empty()) {
        return name;
    }
    const std::string& folder = options_.deliver.front();
    return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace batch::cli
