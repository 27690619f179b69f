#include "core/base/csv_record.hpp"

#include "core/base/place.hpp"

#include <algorithm>
#include <utility>

namespace batch {

namespace {

std::size_t count_lines(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

CsvRecordReader::CsvRecordReader(ByteSource& source, std::string file, const RowLimits& limits,
                                 char delimiter)
    : window_(source, limits.block),
      limit_(limits.row_size),
      delimiter_(delimiter),
      view_start_{.file = std::move(file), .line = 1, .column = 1} {
    window_.skip_mark();
}

bool CsvRecordReader::next(CsvRecord& record) {
    start();
    for (;;) {
        if (const auto end = find_end()) {
            return finish(record, *end);
        }
        // One byte more than the limit, for the CR of a line end.
        if (too_large_ || window_.view().size() > limit_ + 1) {
            drop_seen();
        }
        if (!window_.more()) {
            break;
        }
    }
    if (state_ == State::inside) {
        const Place place = open_quote();
        window_.consume(window_.view().size());
        throw Error(ErrorKind::bad_input, "this quote is never closed").at(place);
    }
    return (too_large_ || !window_.view().empty()) && finish(record, window_.view().size());
}

void CsvRecordReader::start() {
    window_.consume(pending_);
    pending_ = 0;
    state_ = State::outside;
    at_ = 0;
    newline_ = 0;
    view_start_.line = line_;
    view_start_.column = 1;
    has_quotes_ = false;
    too_large_ = false;
}

/// The line end of the record, if it is in view; goes on where the last call stopped.
std::optional<std::size_t> CsvRecordReader::find_end() {
    const std::string_view view = window_.view();
    newline_ = 0;
    while (at_ < view.size()) {
        if (state_ == State::inside) {
            pass_inside(view);
        } else if (state_ == State::closing) {
            // A doubled quote stands for one, and the text goes on.
            const bool is_doubled = view[at_] == '"';
            state_ = is_doubled ? State::inside : State::outside;
            at_ += is_doubled ? 1U : 0U;
        } else if (const auto end = pass_outside(view)) {
            return end;
        }
    }
    return std::nullopt;
}

/// Stops behind the quote that opens a field.
std::optional<std::size_t> CsvRecordReader::pass_outside(std::string_view view) {
    if (newline_ < at_ || newline_ == 0) {  // not looked for again at every quote
        newline_ = std::min(view.find('\n', at_), view.size());
    }
    std::size_t quote = view.substr(0, newline_).find('"', at_);
    while (quote != std::string_view::npos) {
        has_quotes_ = true;
        if (quote == 0 || view[quote - 1] == delimiter_) {
            state_ = State::inside;
            quote_ = quote;
            dropped_quote_.reset();
            at_ = quote + 1;
            return std::nullopt;
        }
        quote = view.substr(0, newline_).find('"', quote + 1);
    }
    at_ = newline_;
    return newline_ == view.size() ? std::nullopt : std::optional(newline_);
}

void CsvRecordReader::pass_inside(std::string_view view) {
    const std::size_t quote = view.find('"', at_);
    if (quote == std::string_view::npos) {
        at_ = view.size();
        return;
    }
    at_ = quote + 1;
    state_ = State::closing;
}

Place CsvRecordReader::open_quote() const {
    return dropped_quote_.value_or(place_behind(view_start_, window_.view().substr(0, quote_)));
}

/// All but the last byte, which tells whether a quote behind it opens a field.
void CsvRecordReader::drop_seen() {
    too_large_ = true;
    if (state_ != State::outside) {
        dropped_quote_ = open_quote();
    }
    const std::string_view seen = window_.view().substr(0, at_ == 0 ? 0 : at_ - 1);
    view_start_ = place_behind(std::move(view_start_), seen);
    window_.consume(seen.size());
    at_ -= seen.size();
}

bool CsvRecordReader::finish(CsvRecord& record, std::size_t end) {
    const std::string_view view = window_.view();
    std::string_view text = view.substr(0, end);
    pending_ = std::min(end + 1, view.size());
    record = CsvRecord{.text = {}, .line = line_, .has_quotes = has_quotes_, .too_large = false};
    line_ = view_start_.line + (has_quotes_ ? count_lines(text) : 0) + 1;
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    record.too_large = too_large_ || text.size() > limit_;
    if (!record.too_large) {
        record.text = text;
    }
    return true;
}

}  // namespace batch
