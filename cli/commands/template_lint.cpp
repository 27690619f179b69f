#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/report.hpp"
#include "cli/submit/rows.hpp"
#include "cli/templates/lint.hpp"
#include "cli/templates/templates.hpp"

#include <fmt/core.h>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

struct Options {
    std::string name;
    std::string rows;
    std::string engine;
    std::string rows_format;
};

constexpr auto help = R"(Usage: batchctl template lint FILE|NAME[@VERSION] [ROWS] [OPTIONS]

Errors of the template with line and column; with ROWS also names that are no
columns of it. Exit 0: fine, 2: not.

  --engine E       plugin that renders it (by the file's name)
  --rows-format F  csv tsv ndjson json lines, if the name is silent

Example:
  batchctl template lint certificate.html students.csv

see batchctl-template(1)
)";

int run(const Options& options, Context& context) {
    const StoredTemplate text = read_template(context, options.name, options.engine);
    RowsKind kind;
    if (!options.rows.empty()) {
        SubmitOptions rows;
        rows.operands = {options.rows};
        rows.rows_format = options.rows_format;
        kind = RowsInput(rows, context.settings()).kind();
    }
    look_through(context, text, options.name, kind).throw_if_any("");
    say(fmt::format("ok  {}", options.name));
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("TEMPLATE", options->name, "A file, or NAME[@VERSION] of a stored one")
        .required();
    arguments.option("ROWS", options->rows, "File of rows whose columns it may name");
    arguments.option("--engine E", options->engine, "Plugin that renders it (by the file's name)");
    arguments.option("--rows-format F", options->rows_format, "csv, tsv, ndjson, json or lines");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command template_lint_command;
constinit const Command template_lint_command{
    .name = "template lint", .summary = "Check a template.", .help = help, .setup = setup};

}  // namespace batch::cli
