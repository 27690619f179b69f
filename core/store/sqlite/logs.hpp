#pragma once

#include "core/store/reading.hpp"
#include "core/store/sqlite/connection.hpp"

#include <functional>

namespace batch::sqlite {

/// In the order of the items, each item's lines in the order in which they were written.
void read_logs(Connection& connection, BatchNo batch, const LogFilter& filter,
               const std::function<bool(const LogLine&)>& take);

/// In the order in which they were written.
void read_new_logs(Connection& connection, BatchNo batch, const LogFilter& filter,
                   const std::function<bool(const LogLine&)>& take);

}  // namespace batch::sqlite
