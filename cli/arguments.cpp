#include "cli/arguments.hpp"

#include "cli/usage.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

namespace batch::cli {

struct Arguments::Last::Target : Argument {
    CLI::Option* option = nullptr;
    Take take;
    bool is_list = false;  ///< split at commas
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

namespace {

/// "-d,--deliver DIR": what CLI11 takes ends at the space.
Argument read_names(const std::string& text) {
    Argument argument;
    const auto space = text.find(' ');
    if (!text.starts_with("-")) {
        argument.value = text;
        return argument;
    }
    argument.names = split(text.substr(0, space), ',');
    argument.value = space == std::string::npos ? "" : text.substr(space + 1);
    return argument;
}

void require_choice(const Argument& argument, const std::string& word) {
    const auto& choices = argument.choices;
    if (choices.empty() || std::ranges::find(choices, word) != choices.end()) {
        return;
    }
    const auto near = closest(word, choices);
    const std::string where = argument.is_operand() ? "" : argument.name() + " ";
    throw Error(
        ErrorKind::usage,
        fmt::format("\"{}\" is no value of {} ({})", word, argument.name(), join(choices, ", ")),
        near ? fmt::format("did you mean: {}{}", where, *near) : "");
}

/// What stands between the commas.  CLI11's own splitting drops what is empty, and takes the next
/// option for it.
std::vector<std::string> values_of(const Argument& argument, const std::string& word) {
    std::vector<std::string> values = split(word, ',');
    if (values.size() > 1 && std::erase(values, "") > 0) {
        throw Error(
            ErrorKind::usage,
            fmt::format("{} \"{}\": a value is missing beside a comma", argument.name(), word),
            values.empty() ? ""
                           : fmt::format("did you mean: {} {}", argument.name(),
                                         shell_word(join(values, ","))));
    }
    return values;
}

std::optional<std::int64_t> whole_number(const std::string& word) {
    std::int64_t number = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, fault] = std::from_chars(word.data(), end, number);
    return fault == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

/// " from 0 to 1000"; nothing where only the sign is restricted.
std::string range_text(std::int64_t least, std::int64_t most) {
    if (most != std::numeric_limits<std::int64_t>::max()) {
        return fmt::format(" from {} to {}", least, most);
    }
    return least > 0 ? fmt::format(" from {}", least) : "";
}

}  // namespace

Arguments::Arguments(std::string program)
    : app_(std::make_unique<CLI::App>("", std::move(program))) {
    app_->set_help_flag();
}

Arguments::~Arguments() = default;

Arguments::Last& Arguments::Last::required() {
    target_.option->required();
    return *this;
}

Arguments::Last& Arguments::Last::choices(std::vector<std::string> words) {
    target_.choices = std::move(words);
    return *this;
}

Arguments::Last& Arguments::Last::between(std::int64_t least, std::int64_t most) {
    target_.least = least;
    target_.most = most;
    return *this;
}

Arguments::Last& Arguments::Last::split_at_commas() {
    target_.is_list = true;
    return *this;
}

Arguments::Last::Target& Arguments::new_target(const std::string& names,
                                               const std::string& summary) {
    auto& target = *targets_.emplace_back(std::make_unique<Last::Target>());
    static_cast<Argument&>(target) = read_names(names);
    target.summary = summary;
    target.group = group_;
    return target;
}

Arguments::Last Arguments::add(const std::string& names, const std::string& summary, Take take,
                               Values values) {
    auto& target = new_target(names, summary);
    target.take = std::move(take);
    const auto take_all = [&target](const CLI::results_t& words) {
        for (const std::string& word : words) {
            for (const std::string& value :
                 target.is_list ? values_of(target, word) : std::vector{word}) {
                require_choice(target, value);
                target.take(value);
            }
        }
        return true;
    };
    target.option = app_->add_option(names.substr(0, names.find(' ')), take_all);
    target.option->type_size(1);
    if (values == Values::many) {
        target.option->expected(CLI::detail::expected_max_vector_size);
        target.option->allow_extra_args(target.is_operand());
    }
    return Last(target);
}

Arguments::Last Arguments::number(const std::string& names, const std::string& summary,
                                  TakeNumber take, Values values) {
    Last last = add(names, summary, {}, values);
    auto& target = last.target_;
    target.take = [&target, take = std::move(take)](const std::string& word) {
        const auto number = whole_number(word);
        if (!number || *number < target.least || *number > target.most || !take(*number)) {
            throw Error(ErrorKind::usage,
                        fmt::format("{} takes a whole number{}, not \"{}\"", target.name(),
                                    range_text(target.least, target.most), word));
        }
    };
    return last;
}

Arguments::Last Arguments::option(const std::string& names, Take take, const std::string& summary) {
    return add(names, summary, std::move(take), Values::one);
}

Arguments::Last Arguments::option(const std::string& names, std::string& value,
                                  const std::string& summary) {
    return option(
        names, [&value](const std::string& word) { value = word; }, summary);
}

Arguments::Last Arguments::option(const std::string& names, std::optional<std::string>& value,
                                  const std::string& summary) {
    return option(
        names, [&value](const std::string& word) { value = word; }, summary);
}

Arguments::Last Arguments::option(const std::string& names, std::vector<std::string>& values,
                                  const std::string& summary) {
    return add(
        names, summary, [&values](const std::string& word) { values.push_back(word); },
        Values::many);
}

Arguments::Last Arguments::option(const std::string& names, std::vector<int>& values,
                                  const std::string& summary) {
    const auto take = [&values](std::int64_t number) {
        values.push_back(static_cast<int>(number));
        return std::in_range<int>(number);
    };
    Last last = number(names, summary, take, Values::many);
    last.split_at_commas();
    return last;
}

void Arguments::flag(const std::string& names, bool& is_set, const std::string& summary) {
    new_target(names, summary).option = app_->add_flag(names, is_set);
}

void Arguments::flag(const std::string& names, const std::string& summary) {
    new_target(names, summary).option = app_->add_flag(names);
}

void Arguments::parse(const std::vector<std::string>& words) {
    try {
        app_->parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ExtrasError&) {
        std::vector<std::string> options;
        for (const auto& target : targets_) {
            if (!target->is_operand()) {
                options.push_back(target->name());
            }
        }
        throw unknown_word(app_->get_name(), app_->remaining().front(), options);
    } catch (const CLI::ParseError& error) {
        throw usage_error(app_->get_name(), error.what());
    }
}

std::vector<const Argument*> Arguments::all() const {
    std::vector<const Argument*> arguments;
    for (const auto& target : targets_) {
        arguments.push_back(target.get());
    }
    return arguments;
}

const Argument* Arguments::find(const std::string& word) const {
    for (const auto& target : targets_) {
        if (std::ranges::find(target->names, word) != target->names.end()) {
            return target.get();
        }
    }
    return nullptr;
}

}  // namespace batch::cli
