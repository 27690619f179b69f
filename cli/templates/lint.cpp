#include "cli/templates/lint.hpp"

#include "core/base/text.hpp"
#include "core/plugin/lint.hpp"
#include "core/plugin/options.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch::cli {
namespace {

void add_name(const LintTask& task, const LintName& name, Problems& problems) {
    const RowsKind& rows = task.rows;
    if (std::ranges::find(rows.columns, name.name) != rows.columns.end()) {
        return;
    }
    const auto near = closest(name.name, rows.columns);
    problems.add(Error(ErrorKind::bad_input,
                       fmt::format("\"{}\" is not a column of {}{}", name.name, rows.file,
                                   near ? fmt::format("; did you mean \"{}\"?", *near) : ""))
                     .at({task.shown, name.line, name.column}));
}

}  // namespace

void lint(Plugins& plugins, const LintTask& task, Problems& problems) {
    const PluginArgument engine = parse_plugin_argument(task.text.engine, {.flag = "--engine"});
    const Plugins::Found& plugin = plugins.find(engine.name, {.flag = "--engine"});
    if (!plugin.manifest.lint) {
        return;
    }
    const LintReport report =
        lint_template({.program = plugin.path, .jailed = plugin.jailed}, task.options,
                      {task.text.name, task.text.sha256, task.text.source});
    for (const LintProblem& each : report.errors) {
        problems.add(
            Error(ErrorKind::bad_input, each.message).at({task.shown, each.line, each.column}));
    }
    if (task.rows.columns.empty()) {
        return;  // each row may have other names; one that lacks one fails alone
    }
    for (const LintName& each : report.names) {
        add_name(task, each, problems);
    }
}

Problems look_through(Context& context, const StoredTemplate& text, const std::string& shown,
                      const RowsKind& rows) {
    Plugins plugins(context);
    const Typed typed{.flag = "--engine"};
    const PluginArgument engine = parse_plugin_argument(text.engine, typed);
    const Plugins::Found& plugin = plugins.find(engine.name, typed);
    Problems problems;
    lint(plugins,
         {.text = text,
          .shown = shown,
          .options = dump(options_of(engine, plugin.manifest, typed)),
          .rows = rows},
         problems);
    return problems;
}

}  // namespace batch::cli
