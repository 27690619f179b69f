#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "cli/submit/rows.hpp"
#include "cli/templates/lint.hpp"
#include "cli/templates/preview.hpp"
#include "cli/templates/templates.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

struct Options {
    std::string name;
    std::string rows;
    std::string rows_format;
    std::string engine;
    std::int64_t item = 0;
    std::string to;
    std::string output;
};

constexpr auto help = R"(Usage: batchctl template preview FILE|NAME[@VERSION] ROWS [OPTIONS]

Renders one row without a batch.

  --item N         which row, from 0 (0)
  --to F[:K=V,...] pdf, html or txt
  --output FILE    write it there instead of standard output
  --rows-format F  csv tsv ndjson json lines, if the name is silent
  --engine E       plugin that renders it (by the file's name)

Example:
  batchctl template preview card.html rows.csv --item 5 --to pdf --output 5.pdf

see batchctl-template(1)
)";

std::string again(const Options& options) {
    return fmt::format("batchctl template preview {} {} --item {} --to {} --output preview.pdf",
                       options.name, options.rows, options.item, options.to);
}

/// The row of that number.  Throws Error{not_found} beyond the last.
Row find_row(const Options& options, Context& context) {
    SubmitOptions rows;
    rows.operands = {options.rows};
    rows.rows_format = options.rows_format;
    RowsInput input(rows, context.settings());
    Row row;
    std::int64_t count = 0;
    while (input.next(row)) {
        if (count++ == options.item) {
            return row;
        }
    }
    throw Error(ErrorKind::not_found,
                count == 0 ? fmt::format("{} has no rows", options.rows)
                           : fmt::format("{} has no item {}: its {} are 0 to {}", options.rows,
                                         options.item, plural(count, "item"), count - 1));
}

int run(const Options& options, Context& context) {
    const bool is_pdf = options.to.starts_with("pdf");
    if (is_pdf && options.output.empty() && context.out_is_terminal()) {
        throw Error(ErrorKind::usage, "a PDF is not shown on a terminal",
                    "write it to a file: " + again(options));
    }
    const StoredTemplate text = read_template(context, options.name, options.engine);
    look_through(context, text, options.name).throw_if_any("");
    const Row row = find_row(options, context);
    const std::string bytes =
        preview(context, {.text = text, .row = row, .index = options.item, .to = options.to});
    if (options.output.empty()) {
        const bool ends_line = bytes.empty() || bytes.ends_with('\n');
        put(context.out_is_terminal() && !ends_line ? bytes + "\n" : bytes);
        return 0;
    }
    constexpr mode_t usual_file = 0644;
    atomic_write(options.output, bytes, usual_file);
    const auto pages = static_cast<std::int64_t>(is_pdf ? count_pages(bytes) : 0);
    say(fmt::format("{}: item {} ({}:{}){}, {}", options.output, options.item, options.rows,
                    row.line, pages > 0 ? ", " + plural(pages, "page") : "",
                    bytes_text(bytes.size())));
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("TEMPLATE", options->name, "A file, or NAME[@VERSION] of a stored one")
        .required();
    arguments.option("ROWS", options->rows, "File of rows, or -").required();
    arguments.option("--item N", options->item, "Which row, from 0").from(0);
    arguments.option("--to F", options->to, "pdf, html or txt");
    arguments.option("--output FILE", options->output, "Write it there instead of standard output");
    arguments.option("--rows-format F", options->rows_format, "csv, tsv, ndjson, json or lines");
    arguments.option("--engine E", options->engine, "Plugin that renders it (by the file's name)");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command template_preview_command;
constinit const Command template_preview_command{.name = "template preview",
                                                 .summary = "Render one row without a batch.",
                                                 .help = help,
                                                 .setup = setup};

}  // namespace batch::cli
