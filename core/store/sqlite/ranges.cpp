#include "core/store/sqlite/ranges.hpp"

#include <algorithm>

namespace batch::sqlite {

std::vector<IndexRange> normalised(std::vector<IndexRange> ranges, std::int64_t total) {
    if (total == 0) {
        return {};
    }
    const auto last = static_cast<ItemIndex>(total - 1);
    if (ranges.empty()) {
        return {{0, last}};
    }
    std::ranges::sort(ranges, {}, &IndexRange::first);
    std::vector<IndexRange> result;
    for (IndexRange range : ranges) {
        range.last = std::min(range.last, last);
        if (range.first > range.last) {
            continue;
        }
        if (!result.empty() && range.first <= result.back().last) {
            result.back().last = std::max(result.back().last, range.last);
        } else {
            result.push_back(range);
        }
    }
    return result;
}

}  // namespace batch::sqlite
