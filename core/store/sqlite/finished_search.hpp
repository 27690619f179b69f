#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/steering.hpp"

#include <string>
#include <vector>

namespace batch::sqlite {

/// A finished item that a retry command may take back.
struct FinishedItem {
    ItemId id;
    std::string code;  ///< of its error; only for failed ones
};

/// Finds what a retry command wants, slice by slice, in the order of the items.
///
/// It is for outside of writing transactions: to find 5,000 cancelled items may mean to walk over a
/// million done ones.
class FinishedSearch {
public:
    FinishedSearch(Connection& connection, BatchNo batch, const RetryWish& wish,
                   std::vector<IndexRange> ranges);

    /// Empty at the end.
    std::vector<FinishedItem> next_slice();

private:
    void enter_range();

    Connection& connection_;
    BatchNo batch_;
    const RetryWish& wish_;
    std::vector<IndexRange> ranges_;
    std::size_t range_ = 0;
    std::int64_t from_ = 0;  ///< keys [from, end) of the range are still to be searched
    std::int64_t end_ = 0;
};

}  // namespace batch::sqlite
