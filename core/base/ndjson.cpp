#include "core/base/ndjson.hpp"

#include "core/base/json.hpp"
#include "core/base/line_reader.hpp"
#include "core/base/place.hpp"
#include "core/base/row_error.hpp"
#include "core/base/text.hpp"

#include <utility>

namespace batch {

namespace {

class NdjsonRows : public RowReader {
public:
    NdjsonRows(ByteSource& source, std::string file, const RowLimits& limits)
        : lines_(source, limits.block, limits.row_size),
          file_(std::move(file)),
          limit_(limits.row_size) {}

    bool next(Row& row) override;

    bool can_continue() const noexcept override { return true; }

    const std::vector<std::string>& columns() const noexcept override { return columns_; }

private:
    Error error_in(const Line& line, std::string_view value, const JsonProblem& problem) const;

    LineReader lines_;
    std::string file_;
    std::size_t limit_;
    JsonValidator validator_;
    std::vector<std::string> columns_;
};

bool NdjsonRows::next(Row& row) {
    Line line;
    std::string_view value;
    do {
        if (!lines_.next(line)) {
            return false;
        }
        value = trim(line.text);
    } while (value.empty() && !line.too_long);
    if (line.too_long) {
        throw row_too_large(limit_, {.file = file_, .line = line.number});
    }
    if (const auto problem = validator_.problem(value)) {
        throw error_in(line, value, *problem);
    }
    row.line = line.number;
    row.payload = value;
    return true;
}

Error NdjsonRows::error_in(const Line& line, std::string_view value,
                           const JsonProblem& problem) const {
    if (const auto error = text_problem(line.text, file_, line.number)) {
        return *error;
    }
    const auto offset = static_cast<std::size_t>(value.data() - line.text.data()) + problem.offset;
    const bool is_array = line.number == 1 && value.starts_with('[');
    return Error(ErrorKind::bad_input, "not valid JSON: " + problem.message,
                 is_array ? "if the whole file is one array: --rows-format json" : "")
        .at(place_in(line.text, offset, {.file = file_, .line = line.number}));
}

}  // namespace

std::unique_ptr<RowReader> open_ndjson(ByteSource& source, std::string file,
                                       const RowLimits& limits) {
    return std::make_unique<NdjsonRows>(source, std::move(file), limits);
}

}  // namespace batch
