#pragma once

#include "core/base/json.hpp"

#include <optional>
#include <string_view>

namespace batch {

/// The slow and exact check, for the place and the reason: the grammar (RFC 8259), UTF-8, whole
/// surrogate pairs, numbers a double can hold, and max_json_depth.
std::optional<JsonProblem> json_problem(std::string_view text);

}  // namespace batch
