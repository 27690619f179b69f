#pragma once

#include "core/store/store.hpp"

#include <cstddef>
#include <string>

namespace batch {

/// What a batchd that is gone had left.
struct TakenOver {
    std::size_t processes = 0;  ///< that were still running
    std::size_t items = 0;      ///< that were at work or in line
};

/// Settles it, for the holder of the lock: what runs is killed first, so that nothing runs twice at
/// a time; then files go that no row names; then the items go back.  Registers this process, with
/// its version, as the owner.
TakenOver take_over(Store& store, const StatePaths& paths, const std::string& version);

}  // namespace batch
