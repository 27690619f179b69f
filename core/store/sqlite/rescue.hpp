#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/working.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace batch::sqlite {

/// What other owners have in hand.
std::vector<LeftItem> in_hand_of_others(Connection& connection, std::int64_t owner);

/// Hands it back: they are gone, or the caller would not hold the lock.  Then tidies up after
/// programs that died half-way.  Returns how many items went back or ended; `handed` as for
/// Working::take_over().
std::size_t rescue(Connection& connection, std::int64_t owner,
                   std::span<const std::int64_t> handed);

/// Hands back what this owner has claimed and is not known to it.
void give_back_unknown(Connection& connection, std::int64_t owner, std::span<const ClaimNo> known);

/// Lets batches go whose retry command died between its slices.
void finish_abandoned_retries(Connection& connection);

}  // namespace batch::sqlite
