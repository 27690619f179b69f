#include "cli/submit/wording.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/placeholder.hpp"
#include "core/plugin/lint.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>

namespace batch::cli {
namespace {

constexpr std::array<std::string_view, 8> shells{"sh",  "bash", "dash", "zsh",
                                                 "ksh", "ash",  "fish", "busybox"};
constexpr std::array<std::string_view, 6> own_names{"@index", "@line",  "@file",
                                                    "@out",   "@batch", "@key"};

bool is_column(const std::vector<std::string>& columns, std::string_view name) {
    if (std::ranges::find(columns, name) != columns.end()) {
        return true;
    }
    const auto dot = name.find('.');
    return dot != std::string_view::npos && is_column(columns, name.substr(0, dot));
}

[[noreturn]] void throw_no_column(const Placeholder& placeholder, const RowsKind& rows) {
    std::vector<std::string> names = rows.columns;
    names.insert(names.end(), own_names.begin(), own_names.end());
    const auto near = closest(placeholder.name, names);
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" names no column of {} ({}); nothing was stored",
                            placeholder.text, rows.file, join(rows.columns, ", ")),
                fmt::format("{}the characters themselves write: '\\{}'",
                            near ? fmt::format("did you mean {{{}}}? For ", *near) : "for ",
                            placeholder.text));
}

void check_text(const std::string& text, const RowsKind& rows) {
    const Pattern pattern(text);
    if (!pattern.doubled().empty()) {
        const std::string single = pattern.doubled().substr(1, pattern.doubled().size() - 2);
        std::string mended = text;
        mended.replace(mended.find(pattern.doubled()), pattern.doubled().size(), single);
        throw Error(ErrorKind::usage,
                    fmt::format("\"{}\" is how a template writes a column; on the command line "
                                "braces are single; nothing was stored",
                                pattern.doubled()),
                    fmt::format("write: -o '{}'", mended));
    }
    for (const Placeholder& each : pattern.placeholders()) {
        if (each.name.starts_with('@')) {
            if (std::ranges::find(own_names, each.name) == own_names.end()) {
                throw_no_column(each, rows);
            }
            continue;
        }
        if (rows.columns.empty() || each.name.empty() || is_column(rows.columns, each.whole) ||
            is_column(rows.columns, each.name)) {
            continue;
        }
        throw_no_column(each, rows);
    }
}

bool is_shell(const std::string& word) {
    const std::string base = std::filesystem::path(word).filename();
    return std::ranges::find(shells, base) != shells.end();
}

/// Where the script stands, if the words call a shell with -c: also behind env, nice and the like.
std::size_t script_of(const std::vector<std::string>& command) {
    for (std::size_t i = 0; i + 1 < command.size(); ++i) {
        if (!is_shell(command[i])) {
            continue;
        }
        for (std::size_t j = i + 1; j + 1 < command.size(); ++j) {
            const std::string& word = command[j];
            if (!word.starts_with("-") && word != "sh") {
                break;
            }
            if (word.size() >= 2 && word[1] != '-' && word.find('c') != std::string::npos) {
                return j + 1;
            }
        }
    }
    return 0;
}

/// The script with "$1", "$2" for the placeholders, and these as arguments behind it.
std::string safe_form(const std::vector<std::string>& command, std::size_t script,
                      const std::vector<Placeholder>& placeholders) {
    std::string text = command[script];
    std::vector<std::string> arguments;
    for (const Placeholder& each : placeholders) {
        auto known = std::ranges::find(arguments, each.text);
        if (known == arguments.end()) {
            known = arguments.insert(known, each.text);
        }
        const auto number = known - arguments.begin() + 1;
        const auto at = text.find(each.text);
        // Quotes that stood around it would end ours.
        const bool quoted = at > 0 && at + each.text.size() < text.size() && text[at - 1] == '"' &&
                            text[at + each.text.size()] == '"';
        text.replace(at, each.text.size(),
                     quoted ? fmt::format("${}", number) : fmt::format("\"${}\"", number));
    }
    std::vector<std::string> words(command.begin(),
                                   command.begin() + static_cast<std::ptrdiff_t>(script));
    std::string line;
    for (const std::string& word : words) {
        line += shell_word(word) + " ";
    }
    return fmt::format("{}'{}' sh {}", line, text, join(arguments, " "));
}

void check_shell(const std::vector<std::string>& command) {
    const std::size_t script = script_of(command);
    if (script == 0) {
        return;
    }
    const Pattern pattern(command[script]);
    if (pattern.placeholders().empty()) {
        return;
    }
    const std::string shell = std::filesystem::path(command[script - 2]).filename();
    throw Error(
        ErrorKind::usage,
        fmt::format("{} inside the script of \"{} {}\" would run the row's text as shell "
                    "code; nothing was stored",
                    pattern.placeholders().front().text,
                    is_shell(command[script - 2]) ? shell : "sh", command[script - 1]),
        "hand it over as an argument: " + safe_form(command, script, pattern.placeholders()));
}

void check_texts(const Json& options, const RowsKind& rows) {
    if (options.is_string()) {
        check_text(options.get_ref<const std::string&>(), rows);
    } else if (options.is_structured()) {
        for (const auto& [key, value] : options.items()) {
            check_texts(value, rows);
        }
    }
}

void add_lint(const LintReport& report, const StoredTemplate& text, const RowsKind& rows,
              Problems& problems) {
    for (const LintProblem& each : report.errors) {
        problems.add(
            Error(ErrorKind::bad_input, each.message).at({text.name, each.line, each.column}));
    }
    if (rows.columns.empty()) {
        return;  // each row may have other names; one that lacks one fails alone
    }
    for (const LintName& each : report.names) {
        if (is_column(rows.columns, each.name)) {
            continue;
        }
        const auto near = closest(each.name, rows.columns);
        problems.add(Error(ErrorKind::bad_input,
                           fmt::format("\"{}\" is not a column of {}{}", each.name, rows.file,
                                       near ? fmt::format("; did you mean \"{}\"?", *near) : ""))
                         .at({text.name, each.line, each.column}));
    }
}

}  // namespace

void check_placeholders(const SubmitOptions& options, const Plan& plan, const RowsKind& rows) {
    check_shell(options.command);
    check_text(options.output_name, rows);
    for (const Step& step : plan.steps) {
        if (step.has_placeholders) {
            check_texts(parse_json(step.options, "the options"), rows);
        }
    }
}

void check_templates(Context& context, const Planned& planned, const SubmitOptions& options,
                     const RowsKind& rows, Problems& problems) {
    const Catalogue catalogue = catalogue_of(context);
    const bool jail = context.settings().plugins.jail == Jail::required;
    for (const Step& step : planned.plan.steps) {
        const auto& wanted = step.template_ref;
        if (!wanted) {
            continue;
        }
        const auto text =
            std::ranges::find(planned.templates, wanted->sha256, &StoredTemplate::sha256);
        const std::filesystem::path program = catalogue.find_or_path(step.plugin);
        const Manifest manifest = describe_plugin(program);
        if (text == planned.templates.end() || !manifest.lint) {
            continue;
        }
        StoredTemplate shown = *text;
        if (shown.version == 0 && !options.template_name.empty()) {
            shown.name = options.template_name;  // as it was typed, so that editors find it
        }
        add_lint(lint_template({.program = program, .jailed = manifest.jail && jail}, step.options,
                               {shown.name, shown.sha256, shown.source}),
                 shown, rows, problems);
    }
}

}  // namespace batch::cli
