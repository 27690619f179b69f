#include "cli/output/aligned.hpp"

#include "core/base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace batch::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::string_view ellipsis = "...";
constexpr std::size_t least_clipped = 10;  // columns: less of a sentence tells nothing

std::string fitting(const std::string& text, std::size_t terminal_width, std::size_t used) {
    const auto room = std::max(least_clipped, terminal_width - std::min(terminal_width, used));
    return display_width(text) <= room
               ? text
               : clipped(text, room - ellipsis.size()) + std::string(ellipsis);
}

}  // namespace

Aligned::Aligned(std::vector<AlignedColumn> columns, bool colored, std::size_t terminal_width)
    : columns_(std::move(columns)),
      colored_(colored),
      terminal_width_(terminal_width),
      widths_(columns_.size()) {}

void Aligned::add(std::vector<Cell> row) {
    rows_.push_back(std::move(row));
}

std::string Aligned::take() {
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths_[i] = std::max(widths_[i], display_width(row[i].text));
        }
    }
    std::string lines;
    for (const auto& row : rows_) {
        lines += line_of(row) + "\n";
    }
    rows_.clear();
    return lines;
}

std::string Aligned::line_of(const std::vector<Cell>& row) const {
    std::string line;
    std::size_t width = 0;
    std::string fill;  // not behind the last cell that says something
    for (std::size_t i = 0; i < row.size(); ++i) {
        const bool is_last = i + 1 == row.size();
        const std::string text = is_last && columns_[i].clipped
                                     ? fitting(row[i].text, terminal_width_, width)
                                     : row[i].text;
        const std::string missing(widths_[i] - std::min(widths_[i], display_width(text)), ' ');
        if (!text.empty()) {
            line += fill + (columns_[i].right ? missing : "");
            line += colored_ ? painted(text, row[i].paint) : text;
            fill = columns_[i].right ? "" : missing;
        } else {
            fill += missing;
        }
        fill.append(gap, ' ');
        width += widths_[i] + gap;
    }
    return line;
}

}  // namespace batch::cli
