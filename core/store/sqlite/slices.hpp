#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <thread>

namespace batch::sqlite {

/// Long work goes in slices, each a transaction far below 100 ms.
inline constexpr std::int64_t slice_rows = 5'000;
inline constexpr std::size_t slice_bytes = 4'000'000;

/// After each slice the lock stays free so long that whoever looks every 0.5 ms gets it.
inline void pause_after_slice() {
    std::this_thread::sleep_for(std::chrono::microseconds(1'500));
}

}  // namespace batch::sqlite
