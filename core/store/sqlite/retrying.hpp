#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/steering.hpp"

namespace batch::sqlite {

/// Takes finished items of a final batch back to pending.
Touched retry_items(Connection& connection, BatchNo batch, const RetryWish& wish);

}  // namespace batch::sqlite
