#pragma once

#include "core/store/reading.hpp"
#include "core/store/sqlite/connection.hpp"

#include <functional>

namespace batch::sqlite {

/// In the order of the items, each item's lines in the order in which they were written; only
/// `ranges` and `limit` of the filter count.
void read_logs(Connection& connection, BatchNo batch, const ItemFilter& filter,
               const std::function<bool(const LogLine&)>& take);

}  // namespace batch::sqlite
