#pragma once

#include "core/store/sqlite/connection.hpp"

#include <cstddef>
#include <cstdint>

namespace batch::sqlite {

/// Hands back what other owners have in hand: they are gone, or the caller would not hold the lock.
/// Then tidies up after programs that died half-way.  Returns how many items went back or ended.
std::size_t rescue(Connection& connection, std::int64_t owner);

/// Lets batches go whose retry command died between its slices.
void finish_abandoned_retries(Connection& connection);

}  // namespace batch::sqlite
