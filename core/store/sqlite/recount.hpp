#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/sqlite/ledger.hpp"

#include <string>
#include <vector>

namespace batch::sqlite {

/// Where a batch's counters disagree with its rows: "5 done items are counted as 4".  Takes time in
/// proportion to the items; all of it is one read transaction.
std::vector<std::string> recount(Connection& connection, BatchNo batch);

}  // namespace batch::sqlite
