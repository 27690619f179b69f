#include "core/store/sqlite/finished_search.hpp"

#include "core/store/sqlite/slices.hpp"

#include <optional>
#include <utility>

namespace batch::sqlite {
namespace {

constexpr const char* find_failed =
    "SELECT id, coalesce(error ->> 'code', '') FROM result INDEXED BY result_failed "
    "WHERE status = 4 AND id >= ?1 AND id < ?2 AND (?3 IS NULL OR error ->> 'code' = ?3) "
    "ORDER BY id LIMIT ?4";
constexpr const char* find_cancelled =
    "SELECT id, '' FROM result WHERE status = 5 AND id >= ?1 AND id < ?2 "
    "AND (?3 IS NULL OR error ->> 'code' = ?3) ORDER BY id LIMIT ?4";

}  // namespace

FinishedSearch::FinishedSearch(Connection& connection, BatchNo batch, const RetryWish& wish,
                               std::vector<IndexRange> ranges)
    : connection_(connection), batch_(batch), wish_(wish), ranges_(std::move(ranges)) {
    enter_range();
}

void FinishedSearch::enter_range() {
    if (range_ < ranges_.size()) {
        from_ = ItemId::of(batch_, ranges_[range_].first).value;
        end_ = ItemId::of(batch_, ranges_[range_].last).value + 1;
    }
}

std::vector<FinishedItem> FinishedSearch::next_slice() {
    std::vector<FinishedItem> found;
    const char* sql = wish_.status == ItemStatus::failed ? find_failed : find_cancelled;
    const auto cause = wish_.cause.empty() ? std::nullopt : std::optional(wish_.cause);
    while (range_ < ranges_.size()) {
        Rows rows = connection_.query(sql, from_, end_, cause, slice_rows - std::ssize(found));
        while (rows.next()) {
            found.push_back({.id = {rows.integer(0)}, .code = rows.string(1)});
            from_ = rows.integer(0) + 1;
        }
        if (std::ssize(found) == slice_rows) {
            break;
        }
        ++range_;
        enter_range();
    }
    return found;
}

}  // namespace batch::sqlite
