#pragma once

#include "cli/context.hpp"
#include "cli/output/aligned.hpp"
#include "cli/output/out.hpp"
#include "cli/output/paint.hpp"
#include "core/base/json.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// One column of a kind of record: how programs and how people see it.
struct Column {
    std::string_view field;  ///< JSON name: "index", "row.url"
    std::string_view title;  ///< on a terminal: "INDEX"; empty: the field in capitals
    bool right = false;      ///< numbers stand on the right
    bool clipped = false;    ///< a sentence: what does not fit on the terminal is cut off
    /// For people; absent: the exact value.
    std::function<std::string(const Json& record)> shown = {};
    /// For programs, where the field's value is no single word; absent: the exact value.
    std::function<std::string(const Json& record)> plain = {};
    std::function<Paint(const Json& record)> paint = {};
};

/// The column of a status, which has its colour on a terminal.
Column status_column();

/// Prints records as they come: a table on a terminal, tab-separated in a pipe, or what --format
/// says.  Records are the documented JSON objects.
class Records {
public:
    /// `kind` names the command in messages: "status".
    /// `fields`: all members a record can have, for --fields and its mistakes.
    Records(Context& context, std::string_view kind, std::vector<Column> columns,
            std::vector<std::string_view> fields);
    ~Records();

    /// False once nobody reads any more (closed pipe).
    bool add(const Json& record);

    /// Prints what was held back to align it, without waiting for more.
    bool flush();

    /// The end.
    void finish();

    /// Whether a table for people comes out.
    bool is_for_people() const noexcept { return form_ == Form::people; }

    /// Whether the columns come out, not whole objects.
    bool has_columns() const noexcept;

    /// Whether the field was asked for by --fields.
    bool wants(std::string_view field) const noexcept;

private:
    enum class Form { people, tabs, ndjson, json, csv };

    Form form_of(std::string_view kind) const;
    void check_fields(std::string_view kind, const std::vector<std::string_view>& fields) const;
    bool add_row(const Json& record);
    void print_header();
    Json picked(const Json& record) const;

    Context& context_;
    std::vector<Column> columns_;
    std::vector<std::string> names_;  ///< backing of columns made by --fields
    Form form_;
    Aligned aligned_;
    bool header_done_ = false;
    bool first_ = true;
};

/// A table for people as text.
std::string table_text(Context& context, const std::vector<Column>& columns,
                       const std::vector<Json>& records);

/// A member of a record by its path: "error.code"; null if it is not there.
Json member(const Json& record, std::string_view path);

/// A cell for a program: texts as they are, the rest as JSON, null as nothing.
std::string exact_cell(const Json& value);

}  // namespace batch::cli
