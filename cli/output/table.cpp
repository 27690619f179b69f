#include "cli/output/table.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace batch::cli {
namespace {

constexpr std::size_t gap = 2;

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

/// RFC 4180; a cell that a spreadsheet would take for a formula gets a quote in front.
std::string csv_cell(std::string cell, bool raw) {
    if (!raw && !cell.empty() &&
        std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos) {
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

}  // namespace

bool put(std::string_view text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    return written && std::ferror(stdout) == 0;
}

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

Records::Records(Context& context, std::string_view kind, std::vector<Column> columns,
                 std::vector<std::string_view> fields)
    : context_(context), columns_(std::move(columns)) {
    const Globals& globals = context.globals();
    if (globals.json || globals.format == "ndjson") {
        form_ = Form::ndjson;
    } else if (globals.format == "json") {
        form_ = Form::json;
    } else if (globals.format == "csv") {
        form_ = Form::csv;
    } else {
        form_ = context.out_is_terminal() ? Form::people : Form::tabs;
    }
    if (globals.fields.empty()) {
        return;
    }
    check_fields(kind, fields);
    names_ = globals.fields;
    std::vector<Column> wanted;
    for (const std::string& name : names_) {
        const auto known = std::ranges::find(columns_, name, &Column::field);
        wanted.push_back(known == columns_.end() ? Column{.field = name} : *known);
    }
    columns_ = std::move(wanted);
}

Records::~Records() = default;

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

bool Records::is_for_people() const noexcept {
    return form_ == Form::people;
}

bool Records::is_table() const noexcept {
    return form_ == Form::people || form_ == Form::tabs;
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

std::string Records::cell(const Json& record, std::size_t index) const {
    const Column& column = columns_[index];
    if (form_ == Form::people && column.shown) {
        return column.shown(record);
    }
    const std::string exact = exact_cell(member(record, column.field));
    return form_ == Form::people && exact.empty() ? "-" : exact;
}

void Records::print_header() {
    header_done_ = true;
    if (context_.globals().no_header) {
        return;
    }
    std::vector<std::string> titles;
    for (const Column& column : columns_) {
        const bool people = form_ == Form::people;
        titles.push_back(!people                ? std::string(column.field)
                         : column.title.empty() ? upper(column.field)
                                                : std::string(column.title));
    }
    if (form_ == Form::people) {
        held_.push_back(std::move(titles));
    } else {
        put(join(titles, form_ == Form::csv ? "," : "\t") + "\n");
    }
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
    add_row(record);
    return std::ferror(stdout) == 0;
}

void Records::add_row(const Json& record) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        cells.push_back(cell(record, i));
    }
    if (form_ == Form::people) {
        for (std::string& each : cells) {
            each = printable(each);
        }
        held_.push_back(std::move(cells));
        return;
    }
    for (std::string& each : cells) {
        each = form_ == Form::csv ? csv_cell(std::move(each), context_.raw_cells())
                                  : tab_cell(std::move(each));
    }
    put(join(cells, form_ == Form::csv ? "," : "\t") + "\n");
}

void Records::print_aligned() {
    std::vector<std::size_t> widths(columns_.size());
    for (const auto& row : held_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    for (const auto& row : held_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string fill(widths[i] - display_width(row[i]), ' ');
            line += columns_[i].right ? fill + row[i] : row[i] + fill;
            line += std::string(gap, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        put(line + "\n");
    }
}

void Records::finish() {
    if (form_ == Form::json) {
        put(first_ ? "[]\n" : "]\n");
    } else if (form_ != Form::ndjson && !header_done_) {
        print_header();
    }
    if (form_ == Form::people) {
        print_aligned();
    }
    std::fflush(stdout);
}

}  // namespace batch::cli
