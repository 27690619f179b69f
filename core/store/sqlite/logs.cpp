#include "core/store/sqlite/logs.hpp"

#include "core/store/sqlite/ranges.hpp"
#include "core/store/sqlite/slices.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr std::size_t page_lines = 1'000;

constexpr const char* find_total = "SELECT total FROM batch WHERE no = ?1 AND status >= 0";
#define COLUMNS "SELECT item, no, attempt, at, cut_bytes, step, stream, level, text FROM log "

constexpr const char* read_page =
    COLUMNS "INDEXED BY log_item WHERE (item, no) > (?1, ?2) AND item < ?3 ORDER BY item, no";
constexpr const char* read_newer = COLUMNS "WHERE no > ?1 ORDER BY no";

#undef COLUMNS

struct Page {
    std::vector<LogLine> lines;
    std::int64_t item = 0;  ///< of the last line, with its number
    std::int64_t no = 0;
};

LogLine line_of(const Rows& row) {
    return {.no = row.integer(1),
            .index = ItemId{row.integer(0)}.index(),
            .attempt = static_cast<int>(row.integer(2)),
            .step = row.string(5),
            .at = row.time(3),
            .stream = row.string(6),
            .level = row.string(7),
            .text = row.string(8),
            .cut_bytes = row.integer(4)};
}

// The lines behind the last one of the page before.
Page next_page(Connection& connection, const Page& before, std::int64_t end) {
    Page page{.lines = {}, .item = before.item, .no = before.no};
    std::size_t bytes = 0;
    Rows rows = connection.query(read_page, before.item, before.no, end);
    while (page.lines.size() < page_lines && bytes < slice_bytes && rows.next()) {
        page.lines.push_back(line_of(rows));
        bytes += page.lines.back().text.size();
        page.item = rows.integer(0);
        page.no = rows.integer(1);
    }
    return page;
}

std::int64_t item_count(Connection& connection, BatchNo batch) {
    Rows row = connection.query(find_total, batch);
    return row.next() ? row.integer(0) : 0;
}

/// A page of the lines of these items; `after` becomes the number of the last line looked at.
std::vector<LogLine> newer_lines(Connection& connection, BatchNo batch,
                                 const std::vector<IndexRange>& ranges, std::int64_t& after) {
    std::vector<LogLine> lines;
    std::size_t bytes = 0;
    Rows rows = connection.query(read_newer, after);
    while (lines.size() < page_lines && bytes < slice_bytes && rows.next()) {
        const ItemId item{rows.integer(0)};
        after = rows.integer(1);
        const bool wanted =
            item.batch() == batch && std::ranges::any_of(ranges, [&item](const IndexRange& range) {
                return range.first <= item.index() && item.index() <= range.last;
            });
        if (wanted) {
            lines.push_back(line_of(rows));
            bytes += lines.back().text.size();
        }
    }
    return lines;
}

}  // namespace

void read_logs(Connection& connection, BatchNo batch, const LogFilter& filter,
               const std::function<bool(const LogLine&)>& take) {
    for (const IndexRange& range : normalised(filter.ranges, item_count(connection, batch))) {
        const std::int64_t end = ItemId::of(batch, range.last).value + 1;
        Page page{.lines = {}, .item = ItemId::of(batch, range.first).value, .no = -1};
        do {
            page = next_page(connection, page, end);
            for (const LogLine& line : page.lines) {
                if (line.no > filter.after && !take(line)) {
                    return;
                }
            }
        } while (!page.lines.empty());
    }
}

void read_new_logs(Connection& connection, BatchNo batch, const LogFilter& filter,
                   const std::function<bool(const LogLine&)>& take) {
    const auto ranges = normalised(filter.ranges, item_count(connection, batch));
    std::vector<LogLine> lines;
    std::int64_t after = filter.after;
    do {
        lines = newer_lines(connection, batch, ranges, after);
        for (const LogLine& line : lines) {
            if (!take(line)) {
                return;
            }
        }
    } while (!lines.empty());
}

}  // namespace batch::sqlite
