#pragma once

#include "core/model/batch.hpp"
#include "core/store/sqlite/connection.hpp"

#include <optional>

namespace batch::sqlite {

/// What batchd itself holds back, it tries again after this at the latest.
inline constexpr Millis longest_hold = std::chrono::minutes{5};

/// The next batch behind this number that has retries waiting; without a look at each of them.
std::optional<BatchNo> next_with_waiting(Connection& connection, BatchNo behind);

/// No retry waits longer than its batch's longest backoff from now: after the clock was set back, a
/// stored time may lie far ahead.
void shorten_waits(Connection& connection);

}  // namespace batch::sqlite
