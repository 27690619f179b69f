#include "cli/submit/wording.hpp"

#include "cli/submit/exec_step.hpp"
#include "cli/submit/shell_check.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/model/placeholder.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace batch::cli {
namespace {

constexpr std::array<std::string_view, 6> own_names{"@index", "@line",  "@file",
                                                    "@out",   "@batch", "@key"};

enum class Where { output_name, step };

bool is_column(const std::vector<std::string>& columns, std::string_view name) {
    if (std::ranges::find(columns, name) != columns.end()) {
        return true;
    }
    const auto dot = name.find('.');
    return dot != std::string_view::npos && is_column(columns, name.substr(0, dot));
}

[[noreturn]] void throw_no_column(const Placeholder& placeholder, const RowsKind& rows) {
    std::vector<std::string> names = rows.columns;
    const bool own = placeholder.name.starts_with('@');
    if (own) {
        names.assign(own_names.begin(), own_names.end());
    }
    const auto near = closest(placeholder.name, names);
    const std::string message =
        own ? fmt::format("\"{}\" is none of ours ({})", placeholder.text, join(names, ", "))
            : fmt::format("\"{}\" names no column of {} ({})", placeholder.text, rows.file,
                          join(names, ", "));
    std::string way = near ? fmt::format("did you mean {{{}}}? For ", *near) : "for ";
    const auto colon = placeholder.name.rfind(':');
    if (colon != std::string::npos && is_column(names, placeholder.name.substr(0, colon))) {
        way = "behind a colon come stem, base, dir, slug or 04; for ";
    }
    throw Error(ErrorKind::usage, message + "; nothing was stored",
                fmt::format("{}the characters themselves write: '\\{}'", way, placeholder.text));
}

std::string_view inside(std::string_view doubled) {
    return trim(doubled.substr(2, doubled.size() - 4));
}

[[noreturn]] void throw_doubled(const std::string& text, const std::string& doubled, Where where) {
    std::string mended = text;
    mended.replace(mended.find(doubled), doubled.size(), fmt::format("{{{}}}", inside(doubled)));
    throw Error(ErrorKind::usage,
                fmt::format("\"{}\" is how a template writes a column; on the command line braces "
                            "are single; nothing was stored",
                            doubled),
                fmt::format("write: {}'{}'", where == Where::output_name ? "-o " : "", mended));
}

/// Slashes that are typed are folders, but only ones below the target.
void check_way(const std::string& name) {
    const std::vector<std::string> parts = split(name, '/');
    if (name.starts_with('/') || std::ranges::find(parts, "..") != parts.end()) {
        throw Error(ErrorKind::usage,
                    fmt::format("the name \"{}\" leads out of the folder of the outputs; nothing "
                                "was stored",
                                name),
                    "another folder is named by: --deliver DIR");
    }
}

void check_name(const Placeholder& each, const RowsKind& rows, Where where) {
    if (each.name.starts_with('@')) {
        if (std::ranges::find(own_names, each.name) == own_names.end()) {
            throw_no_column(each, rows);
        }
        if (where == Where::output_name && (each.name == "@file" || each.name == "@out")) {
            throw Error(ErrorKind::usage,
                        fmt::format("{} is known only while the item is worked on, its name is "
                                    "made before; nothing was stored",
                                    each.text),
                        "name outputs by a column or by their number: -o '{@index:04}'");
        }
        return;
    }
    if (each.maybe || each.name.empty() || rows.columns.empty() ||
        is_column(rows.columns, each.whole) || is_column(rows.columns, each.name)) {
        return;
    }
    throw_no_column(each, rows);
}

/// {{name}} of a column; {{json .}} is for the command, which may know templates of its own.
bool is_mistake(const std::string& doubled, const RowsKind& rows, Where where) {
    if (doubled.empty() || where == Where::output_name) {
        return !doubled.empty();
    }
    const std::string_view name = inside(doubled);
    return rows.columns.empty() ? name.find(' ') == std::string_view::npos
                                : is_column(rows.columns, name);
}

void check_text(const std::string& text, const RowsKind& rows, Where where) {
    const Pattern pattern(text);
    if (is_mistake(pattern.doubled(), rows, where)) {
        throw_doubled(text, pattern.doubled(), where);
    }
    for (const Placeholder& each : pattern.placeholders()) {
        check_name(each, rows, where);
    }
}

void check_texts(const Json& options, const RowsKind& rows) {
    if (options.is_string()) {
        check_text(options.get_ref<const std::string&>(), rows, Where::step);
    } else if (options.is_structured()) {
        for (const Json& each : options) {
            check_texts(each, rows);
        }
    }
}

}  // namespace

void check_placeholders(const Plan& plan, const RowsKind& rows) {
    check_text(plan.output_name, rows, Where::output_name);
    check_way(plan.output_name);
    for (const Step& step : plan.steps) {
        const Json options = parse_json(step.options, "the options");
        check_script(command_of(options), rows.columns);
        check_texts(options, rows);
    }
}

}  // namespace batch::cli
