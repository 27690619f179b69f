#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <thread>

namespace batch::sqlite {

/// Long work goes in slices, each a transaction far below 100 ms.
inline constexpr std::int64_t slice_rows = 5'000;
inline constexpr std::size_t slice_bytes = 4'000'000;

/// After each slice the lock stays free so long that whoever looks every 0.5 ms gets it: counted
/// from the end of the slice, so that what is done meanwhile is part of the pause.
inline void pause_after_slice(BootTime end_of_slice = BootClock::now()) {
    constexpr std::chrono::microseconds pause{1'500};
    std::this_thread::sleep_for(end_of_slice + pause - BootClock::now());
}

}  // namespace batch::sqlite
