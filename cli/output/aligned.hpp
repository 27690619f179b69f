#pragma once

#include "cli/output/paint.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace batch::cli {

/// One column of a table for people.
struct AlignedColumn {
    bool right = false;
    bool clipped = false;
};

struct Cell {
    std::string text;
    Paint paint = Paint::none;
};

/// Rows under each other.  Holds them back until it is asked for them or has a page full; what is
/// printed already stays, later rows may be wider.
class Aligned {
public:
    Aligned(std::vector<AlignedColumn> columns, bool colored, std::size_t terminal_width);

    /// Texts must be printable().
    void add(std::vector<Cell> row);

    bool is_full() const noexcept { return rows_.size() >= page; }

    /// The rows as lines; they are gone afterwards.
    std::string take();

private:
    static constexpr std::size_t page = 100;

    std::string line_of(const std::vector<Cell>& row) const;

    std::vector<AlignedColumn> columns_;
    bool colored_;
    std::size_t terminal_width_;
    std::vector<std::vector<Cell>> rows_;
    std::vector<std::size_t> widths_;
};

}  // namespace batch::cli
