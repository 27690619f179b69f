#include "core/base/csv.hpp"

#include "core/base/csv_field.hpp"
#include "core/base/csv_record.hpp"
#include "core/base/json.hpp"
#include "core/base/place.hpp"
#include "core/base/row_error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace batch {

namespace {

class CsvRows : public RowReader {
public:
    CsvRows(ByteSource& source, std::string file, const RowLimits& limits, char delimiter);

    bool next(Row& row) override;

    bool can_continue() const noexcept override { return true; }

    const std::vector<std::string>& columns() const noexcept override { return columns_; }

private:
    void read_header();
    void check_names() const;
    bool next_record();
    void check_record() const;
    void make_payload(Row& row);
    void check_fields(const CsvFieldScanner& fields, std::size_t count) const;
    std::string header_text() const;
    Error error(const std::string& message) const;

    CsvRecordReader records_;
    std::string file_;
    std::size_t limit_;
    char delimiter_;
    std::vector<std::string> columns_;
    std::vector<std::string> keys_;  ///< what stands before each value: ,"class":
    CsvRecord record_;
    bool is_held_ = false;  ///< record_ was read, but an error came before it
    std::string unquoted_;
};

CsvRows::CsvRows(ByteSource& source, std::string file, const RowLimits& limits, char delimiter)
    : records_(source, file, limits, delimiter),
      file_(std::move(file)),
      limit_(limits.row_size),
      delimiter_(delimiter) {
    read_header();
}

void CsvRows::read_header() {
    if (!records_.next(record_)) {
        return;
    }
    check_record();
    if (record_.text.empty()) {
        throw error("the first line is empty; it has to name the columns");
    }
    CsvFieldScanner fields(record_.text, delimiter_, unquoted_);
    while (fields.next()) {
        columns_.emplace_back(fields.field());
    }
    check_fields(fields, columns_.size());
    check_names();
    for (const std::string& name : columns_) {
        std::string& key = keys_.emplace_back(keys_.empty() ? "{" : ",");
        append_json_string(key, name);
        key += ':';
    }
}

void CsvRows::check_names() const {
    std::vector<std::string_view> names(columns_.begin(), columns_.end());
    std::ranges::sort(names);
    if (names.front().empty()) {
        const auto nameless = std::ranges::find(columns_, std::string());
        throw error(fmt::format("column {} has no name", nameless - columns_.begin() + 1));
    }
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
        throw error(fmt::format(R"(two columns are called "{}")", printable(*twice)));
    }
}

bool CsvRows::next(Row& row) {
    std::optional<std::size_t> empty_line;
    for (;;) {
        if (!next_record()) {
            return false;
        }
        if (!record_.text.empty() || record_.too_large) {
            break;
        }
        if (columns_.size() > 1 && !empty_line) {
            empty_line = record_.line;
        }
    }
    if (empty_line) {
        is_held_ = true;
        throw Error(ErrorKind::bad_input, "an empty line, the header has " + header_text())
            .at({.file = file_, .line = *empty_line});
    }
    check_record();
    make_payload(row);
    return true;
}

bool CsvRows::next_record() {
    return std::exchange(is_held_, false) || records_.next(record_);
}

void CsvRows::check_record() const {
    if (record_.too_large) {
        throw row_too_large(limit_, {.file = file_, .line = record_.line});
    }
    if (const auto problem = text_problem(record_.text, file_, record_.line)) {
        throw Error(*problem);
    }
}

void CsvRows::make_payload(Row& row) {
    row.line = record_.line;
    row.payload.clear();
    std::size_t count = 0;
    CsvFieldScanner fields(record_.text, delimiter_, unquoted_);
    for (; fields.next(); ++count) {
        if (count < keys_.size()) {
            row.payload += keys_[count];
            append_json_string(row.payload, fields.field());
        }
    }
    row.payload += '}';
    check_fields(fields, count);
    check_payload(row.payload, limit_, {.file = file_, .line = record_.line});
}

void CsvRows::check_fields(const CsvFieldScanner& fields, std::size_t count) const {
    if (!fields.problem().empty()) {
        throw Error(ErrorKind::bad_input, std::string(fields.problem()))
            .at(place_in(record_.text, fields.offset(), {.file = file_, .line = record_.line}));
    }
    if (count != columns_.size()) {
        throw error(fmt::format("{}, the header has {}",
                                plural(static_cast<std::int64_t>(count), "field"), header_text()));
    }
}

/// "3 (name, class, points)".
std::string CsvRows::header_text() const {
    constexpr std::size_t shown = 10;
    const std::size_t count = columns_.size();
    const std::string names = join(std::span(columns_).first(std::min(count, shown)), ", ");
    return fmt::format("{} ({}{})", count, printable(names), count > shown ? ", ..." : "");
}

Error CsvRows::error(const std::string& message) const {
    return Error(ErrorKind::bad_input, message).at({.file = file_, .line = record_.line});
}

}  // namespace

std::unique_ptr<RowReader> open_csv(ByteSource& source, std::string file, const RowLimits& limits,
                                    char delimiter) {
    return std::make_unique<CsvRows>(source, std::move(file), limits, delimiter);
}

}  // namespace batch
