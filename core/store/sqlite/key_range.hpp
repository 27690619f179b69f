#pragma once

#include "core/model/batch.hpp"

#include <cstdint>

namespace batch::sqlite {

/// The keys of a batch's items: from its first to before its end.
inline std::int64_t first_key(BatchNo batch) noexcept {
    return batch << 32;
}

inline std::int64_t end_key(BatchNo batch) noexcept {
    return (batch + 1) << 32;
}

}  // namespace batch::sqlite
