#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/steering.hpp"

namespace batch::sqlite {

Touched cancel_batch(Connection& connection, BatchNo batch, const Reason& reason);
Touched cancel_items(Connection& connection, BatchNo batch, const std::vector<IndexRange>& ranges);

}  // namespace batch::sqlite
