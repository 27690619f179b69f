#pragma once

#include "core/base/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

enum class RowsFormat : std::uint8_t { csv, tsv, ndjson, json, lines };

/// One row: the item made from it and the line of the file where it begins, from 1.
struct Row {
    std::string payload;  ///< JSON text
    std::size_t line = 0;
};

struct RowLimits {
    std::size_t row_size = std::size_t{1} << 20U;  ///< bytes of a row and of its payload
    std::size_t block = std::size_t{256} << 10U;   ///< bytes asked of the source at a time
};

/// Reads rows one by one in memory that does not grow with their number.
class RowReader {
public:
    virtual ~RowReader() = default;

    /// Reads the next row into `row`, whose memory is used again; false after the last.
    ///
    /// Throws Error{bad_input} with the place for a row that is wrong, and what the source throws.
    virtual bool next(Row& row) = 0;

    /// After an error: whether next() finds another row; false if the rest makes no sense.
    virtual bool can_continue() const noexcept = 0;

    /// The names in the header of a CSV or TSV file; empty for other formats.
    virtual const std::vector<std::string>& columns() const noexcept = 0;

protected:
    RowReader() = default;
    RowReader(const RowReader&) = default;
    RowReader& operator=(const RowReader&) = default;
};

/// By extension: .csv .tsv .ndjson .jsonl .json .txt, in any case; absent for others.
std::optional<RowsFormat> format_of_name(std::string_view path);

/// "csv", "tsv", "ndjson", "json", "lines"; throws Error{usage}.
RowsFormat parse_rows_format(std::string_view text);

std::string_view word_of(RowsFormat format) noexcept;

/// A reader of `source`, which outlives it.  `file` is the name shown in errors.
/// Reads the header of CSV and TSV, and throws Error{bad_input} if that is wrong.
std::unique_ptr<RowReader> open_rows(RowsFormat format, ByteSource& source, std::string file,
                                     const RowLimits& limits = {});

}  // namespace batch
