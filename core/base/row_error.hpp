#pragma once

#include "core/base/error.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace batch {

/// What every format refuses: text that is not UTF-8 or has NUL characters.  `text` starts at the
/// beginning of line `line` of `file`.
std::optional<Error> text_problem(std::string_view text, std::string_view file, std::size_t line);

/// The error for a row of more than `limit` bytes.
Error row_too_large(std::size_t limit, Place place);

/// Throws row_too_large() if the payload is over the limit.
void check_payload(std::string_view payload, std::size_t limit, const Place& place);

}  // namespace batch
