#pragma once

#include <cstddef>

namespace batch {

/// The longest frame of batch-plugin(7), in either direction (bytes, with its line end).
inline constexpr std::size_t longest_frame = std::size_t{4} << 20;

/// The longest text, and the longest value as JSON, that an item may have (bytes).
inline constexpr std::size_t longest_text = std::size_t{1} << 20;

}  // namespace batch
