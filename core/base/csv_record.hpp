#pragma once

#include "core/base/error.hpp"
#include "core/base/row_reader.hpp"
#include "core/base/window.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace batch {

/// One record of a CSV file, before it is taken apart.
struct CsvRecord {
    std::string_view text;  ///< without its line end; valid until the next record is read
    std::size_t line = 0;   ///< where it begins, from 1
    bool has_quotes = false;
    bool too_large = false;  ///< over the limit; the text was dropped
};

/// Finds where records end, which is not at a line end inside quotes.
class CsvRecordReader {
public:
    CsvRecordReader(ByteSource& source, std::string file, const RowLimits& limits, char delimiter);

    /// False at the end.  Throws Error{bad_input} if the file ends inside quotes.
    bool next(CsvRecord& record);

private:
    enum class State { outside, inside, closing };

    std::optional<std::size_t> find_end();
    std::optional<std::size_t> pass_outside(std::string_view view);
    void pass_inside(std::string_view view);
    void start();
    void drop_seen();
    Place open_quote() const;
    bool finish(CsvRecord& record, std::size_t end);

    Window window_;
    std::size_t limit_;
    char delimiter_;

    std::size_t line_ = 1;     ///< of the next record
    std::size_t pending_ = 0;  ///< bytes of the record given out
    State state_ = State::outside;
    std::size_t at_ = 0;       ///< the first byte of the view not looked at
    std::size_t newline_ = 0;  ///< the first line end from at_ on, if that is not before at_
    Place view_start_;         ///< of the view's first byte, which moves when bytes are dropped
    bool has_quotes_ = false;
    bool too_large_ = false;
    std::size_t quote_ = 0;               ///< the quote last opened, in the view
    std::optional<Place> dropped_quote_;  ///< its place, once it is no longer in view
};

}  // namespace batch
