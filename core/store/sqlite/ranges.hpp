#pragma once

#include "core/store/reading.hpp"

#include <cstdint>
#include <vector>

namespace batch::sqlite {

/// In order, without overlaps, within a batch of `total` items; no ranges at all mean every item.
std::vector<IndexRange> normalised(std::vector<IndexRange> ranges, std::int64_t total);

}  // namespace batch::sqlite
