#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/store.hpp"

#include <vector>

namespace batch::sqlite {

/// Reads everything once: the file's pages, and the counters against the rows.
std::vector<StoreFinding> check_state(Connection& connection);

}  // namespace batch::sqlite
