#pragma once

#include "crash_points.hpp"

namespace batch {

/// A moment at which the tests kill this program as by kill -9: with BATCH_CRASH_POINTS, and the
/// variable CRASH_POINT=NAME, or NAME:3 for the third time it is reached.  In a release there is
/// no trace of it.
#if BATCH_CRASH_POINTS
void crash_point(const char* name);
#else
inline constexpr void crash_point(const char* /*name*/) noexcept {}
#endif

}  // namespace batch
