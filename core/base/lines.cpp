#include "core/base/lines.hpp"

#include "core/base/json.hpp"
#include "core/base/line_reader.hpp"
#include "core/base/row_error.hpp"

#include <utility>

namespace batch {

namespace {

class LinesRows : public RowReader {
public:
    LinesRows(ByteSource& source, std::string file, const RowLimits& limits)
        : lines_(source, limits.block, limits.row_size),
          file_(std::move(file)),
          limit_(limits.row_size) {}

    bool next(Row& row) override;

    bool can_continue() const noexcept override { return true; }

    const std::vector<std::string>& columns() const noexcept override { return columns_; }

private:
    LineReader lines_;
    std::string file_;
    std::size_t limit_;
    std::vector<std::string> columns_;
};

bool LinesRows::next(Row& row) {
    Line line;
    do {
        if (!lines_.next(line)) {
            return false;
        }
    } while (line.text.empty() && !line.too_long);
    const Place place{.file = file_, .line = line.number};
    if (line.too_long) {
        throw row_too_large(limit_, place);
    }
    if (const auto problem = text_problem(line.text, file_, line.number)) {
        throw Error(*problem);
    }
    row.line = line.number;
    row.payload.clear();
    append_json_string(row.payload, line.text);
    check_payload(row.payload, limit_, place);
    return true;
}

}  // namespace

std::unique_ptr<RowReader> open_lines(ByteSource& source, std::string file,
                                      const RowLimits& limits) {
    return std::make_unique<LinesRows>(source, std::move(file), limits);
}

}  // namespace batch
