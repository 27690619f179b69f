#include "cli/output/table.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include <unistd.h>

namespace batch::cli {
namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

/// "-5" and "+1.5e3" are no formulas.
bool is_number(std::string_view text) {
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

/// Whether a spreadsheet would take it for a formula; some leave out spaces in front, or read the
/// full-width signs that Japanese keyboards make.  The list: OWASP, "CSV Injection".
bool is_formula(std::string_view cell) {
    constexpr std::array<std::string_view, 11> signs{"=",  "+",  "-",  "@",  "\t", "\r",
                                                     "\n", "＝", "＋", "－", "＠"};
    cell.remove_prefix(std::min(cell.find_first_not_of(' '), cell.size()));
    return !is_number(cell) && std::ranges::any_of(signs, [cell](std::string_view sign) {
        return cell.starts_with(sign);
    });
}

/// RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_cell(std::string cell, bool raw) {
    if (!raw && is_formula(cell)) {
        cell.insert(0, "'");
    }
    if (cell.find_first_of(",\"\n\r") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char c : cell) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + '"';
}

/// One line of a tab-separated table stays one line.
std::string tab_cell(std::string cell) {
    std::ranges::replace_if(
        cell, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return cell;
}

Aligned aligned_for(const Context& context, const std::vector<Column>& columns) {
    std::vector<AlignedColumn> aligned;
    for (const Column& column : columns) {
        aligned.push_back({.right = column.right, .clipped = column.clipped});
    }
    return {std::move(aligned), context.colors_out(),
            static_cast<std::size_t>(terminal_width(STDOUT_FILENO))};
}

std::vector<Cell> titles_for_people(const std::vector<Column>& columns) {
    std::vector<Cell> titles;
    for (const Column& column : columns) {
        titles.push_back(
            {.text = column.title.empty() ? upper(column.field) : std::string(column.title)});
    }
    return titles;
}

std::vector<Cell> cells_for_people(const std::vector<Column>& columns, const Json& record) {
    std::vector<Cell> cells;
    for (const Column& column : columns) {
        std::string text =
            column.shown ? column.shown(record) : exact_cell(member(record, column.field));
        cells.push_back({.text = text.empty() ? "-" : printable(text),
                         .paint = column.paint ? column.paint(record) : Paint::none});
    }
    return cells;
}

}  // namespace

Json member(const Json& record, std::string_view path) {
    const Json* at = &record;
    while (at->is_object()) {
        // A name with a dot in it wins over the way inwards.
        if (const auto whole = at->find(path); whole != at->end()) {
            return *whole;
        }
        const auto dot = path.find('.');
        if (dot == std::string_view::npos) {
            return nullptr;
        }
        const auto outer = at->find(path.substr(0, dot));
        if (outer == at->end()) {
            return nullptr;
        }
        at = &*outer;
        path.remove_prefix(dot + 1);
    }
    return nullptr;
}

std::string exact_cell(const Json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    return value.is_null() ? std::string() : dump(value);
}

std::string table_text(Context& context, const std::vector<Column>& columns,
                       const std::vector<Json>& records) {
    Aligned aligned = aligned_for(context, columns);
    aligned.add(titles_for_people(columns));
    for (const Json& record : records) {
        aligned.add(cells_for_people(columns, record));
    }
    return aligned.take();
}

Column status_column() {
    return {.field = "status",
            .paint = [](const Json& record) { return paint_of(record.value("status", "")); }};
}

Records::Records(Context& context, std::string_view kind, std::vector<Column> columns,
                 std::vector<std::string_view> fields)
    : context_(context),
      columns_(std::move(columns)),
      form_(form_of(kind)),
      aligned_({}, false, 0) {
    const Globals& globals = context.globals();
    if (!globals.fields.empty()) {
        check_fields(kind, fields);
        names_ = globals.fields;
        std::vector<Column> wanted;
        for (const std::string& name : names_) {
            const auto known = std::ranges::find(columns_, name, &Column::field);
            wanted.push_back(known == columns_.end() ? Column{.field = name} : *known);
        }
        columns_ = std::move(wanted);
    }
    aligned_ = aligned_for(context, columns_);
}

Records::~Records() = default;

Records::Form Records::form_of(std::string_view kind) const {
    const Globals& globals = context_.globals();
    const std::string_view format = globals.json ? "ndjson" : std::string_view(globals.format);
    if (format == "text") {
        throw Error(ErrorKind::usage,
                    fmt::format("{} has no form \"text\" (table, ndjson, json, csv)", kind),
                    "did you mean: --format table");
    }
    return format == "ndjson"           ? Form::ndjson
           : format == "json"           ? Form::json
           : format == "csv"            ? Form::csv
           : context_.out_is_terminal() ? Form::people
                                        : Form::tabs;
}

void Records::check_fields(std::string_view kind,
                           const std::vector<std::string_view>& fields) const {
    for (const std::string& wanted : context_.globals().fields) {
        const std::string_view outer = std::string_view(wanted).substr(0, wanted.find('.'));
        if (std::ranges::find(fields, outer) != fields.end()) {
            continue;
        }
        constexpr std::size_t most_named = 9;
        std::vector<std::string> names(
            fields.begin(),
            fields.begin() + static_cast<std::ptrdiff_t>(std::min(fields.size(), most_named)));
        if (fields.size() > most_named) {
            names.emplace_back("...");
        }
        const auto near = closest(wanted, fields);
        std::vector<std::string> mended = context_.globals().fields;
        std::ranges::replace(mended, wanted, near.value_or(""));
        throw Error(ErrorKind::usage,
                    fmt::format("\"{}\" is no field of {} ({})", wanted, kind, join(names, ", ")),
                    near ? "did you mean: --fields " + join(mended, ",") : std::string());
    }
}

bool Records::has_columns() const noexcept {
    return form_ == Form::people || form_ == Form::tabs || form_ == Form::csv;
}

bool Records::wants(std::string_view field) const noexcept {
    return std::ranges::any_of(context_.globals().fields, [field](std::string_view name) {
        return name == field ||
               (name.starts_with(field) && name.substr(field.size()).starts_with("."));
    });
}

Json Records::picked(const Json& record) const {
    if (context_.globals().fields.empty()) {
        return record;
    }
    Json out{{"v", 1}};
    for (const std::string& name : context_.globals().fields) {
        out[name] = member(record, name);
    }
    return out;
}

void Records::print_header() {
    header_done_ = true;
    if (context_.globals().no_header) {
        return;
    }
    if (form_ == Form::people) {
        aligned_.add(titles_for_people(columns_));
        return;
    }
    std::vector<std::string> titles;
    for (const Column& column : columns_) {
        const std::string title(column.field);
        titles.push_back(form_ == Form::csv ? csv_cell(title, true) : tab_cell(title));
    }
    put(join(titles, form_ == Form::csv ? "," : "\t") + "\n");
}

bool Records::add(const Json& record) {
    if (form_ == Form::ndjson) {
        return put(dump(picked(record)) + "\n");
    }
    if (form_ == Form::json) {
        const bool alive = put(std::string(first_ ? "[" : ",\n") + dump(picked(record)));
        first_ = false;
        return alive;
    }
    if (!header_done_) {
        print_header();
    }
    return add_row(record);
}

bool Records::add_row(const Json& record) {
    if (form_ == Form::people) {
        aligned_.add(cells_for_people(columns_, record));
        return !aligned_.is_full() || flush();
    }
    std::vector<std::string> cells;
    for (const Column& column : columns_) {
        std::string text =
            column.plain ? column.plain(record) : exact_cell(member(record, column.field));
        cells.push_back(form_ == Form::csv ? csv_cell(std::move(text), context_.raw_cells())
                                           : tab_cell(std::move(text)));
    }
    return put(join(cells, form_ == Form::csv ? "," : "\t") + "\n");
}

bool Records::flush() {
    if (form_ == Form::people) {
        put_bytes(aligned_.take());  // printable, but for our colours
    }
    return flush_out();
}

void Records::finish() {
    if (form_ == Form::json) {
        put(first_ ? "[]\n" : "]\n");
    } else if (form_ != Form::ndjson && !header_done_) {
        print_header();
    }
    flush();
}

}  // namespace batch::cli
