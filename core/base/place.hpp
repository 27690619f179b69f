#pragma once

#include "core/base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace batch {

/// The place behind `text`, which begins at `start`.  Columns count characters, from 1.
Place place_behind(Place start, std::string_view text);

/// The place of a byte of `text`, whose first byte stands at the beginning of line `start.line` of
/// `start.file`.
Place place_in(std::string_view text, std::size_t offset, const Place& start);

/// "FILE:LINE:COLUMN", without what is not known.
std::string place_text(const Place& place);

}  // namespace batch
