#pragma once

#include "cli/context.hpp"
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
    /// For people; absent: the exact value.
    std::function<std::string(const Json& record)> shown = {};
};

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

    /// The end: prints what was held back to align it.
    void finish();

    /// Whether a table for people comes out.
    bool is_for_people() const noexcept;

    bool is_table() const noexcept;

    /// Whether the field was asked for by --fields.
    bool wants(std::string_view field) const noexcept;

private:
    enum class Form { people, tabs, ndjson, json, csv };

    void check_fields(std::string_view kind, const std::vector<std::string_view>& fields) const;
    void add_row(const Json& record);
    void print_header();
    void print_aligned();
    std::string cell(const Json& record, std::size_t column) const;
    Json picked(const Json& record) const;

    Context& context_;
    std::vector<Column> columns_;
    std::vector<std::string> names_;  ///< backing of columns made by --fields
    Form form_;
    bool header_done_ = false;
    bool first_ = true;
    std::vector<std::vector<std::string>> held_;
};

/// A member of a record by its path: "error.code"; null if it is not there.
Json member(const Json& record, std::string_view path);

/// A cell for a program: texts as they are, the rest as JSON, null as nothing.
std::string exact_cell(const Json& value);

/// False if standard output has gone away; ends quietly then.
bool put(std::string_view text);

}  // namespace batch::cli
