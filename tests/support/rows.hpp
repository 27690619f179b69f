#pragma once

#include "core/base/error.hpp"
#include "core/base/row_reader.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace batch::testing {

/// Everything a reader makes of a text, in one comparable form.
struct Outcome {
    std::vector<std::string> columns;
    std::vector<std::string> rows;    ///< "2 {"a":"1"}": line and payload
    std::vector<std::string> errors;  ///< "f.csv:14: 2 fields, ...", with the column if known

    bool operator==(const Outcome&) const = default;
};

inline std::string shown(const Error& error) {
    const Place place = error.place().value_or(Place{});
    const std::string column = place.column == 0 ? "" : fmt::format(":{}", place.column);
    return fmt::format("{}:{}{}: {}", place.file, place.line, column, error.what());
}

inline void read_rows(RowReader& reader, Outcome& outcome) {
    Row row;
    for (;;) {
        try {
            if (!reader.next(row)) {
                return;
            }
            outcome.rows.push_back(fmt::format("{} {}", row.line, row.payload));
        } catch (const Error& error) {
            outcome.errors.push_back(shown(error));
            if (!reader.can_continue()) {
                return;
            }
        }
    }
}

/// `piece` is how many bytes the source gives at a time; 0 is all of them.
inline Outcome outcome_of(RowsFormat format, const std::string& text, std::size_t piece = 0,
                          RowLimits limits = {}) {
    Outcome outcome;
    TextSource source(text, piece);
    if (piece != 0) {
        limits.block = piece;
    }
    try {
        const auto reader = open_rows(format, source, "f", limits);
        outcome.columns = reader->columns();
        read_rows(*reader, outcome);
    } catch (const Error& error) {
        outcome.errors.push_back(shown(error));
    }
    return outcome;
}

}  // namespace batch::testing
