#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/working.hpp"

#include <cstdint>

namespace batch::sqlite {

/// The same at the end of some work: the next command should not have to read more than this.
inline constexpr std::uint64_t checkpoint_at_end = 1'000'000;

std::uint64_t wal_bytes(const Connection& connection);

/// TRUNCATE; false if somebody was in the way.  Only for the holder of the lock file, outside of
/// any transaction of this connection.
bool checkpoint(Connection& connection);

/// For programs that do not hold the lock file: a checkpoint if the log has `limit` bytes and
/// nobody else holds it.
void checkpoint_in_passing(Connection& connection, std::uint64_t limit = large_wal);

}  // namespace batch::sqlite
