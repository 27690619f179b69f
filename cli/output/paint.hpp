#pragma once

#include <string>
#include <string_view>

namespace batch::cli {

/// Colours with a meaning; few, so that what is wrong is found at a glance.
enum class Paint { none, good, bad, busy, faint };

/// The text between the escape sequences of its colour.
std::string painted(std::string_view text, Paint paint);

/// Of a batch's or an item's status, by its word.
Paint paint_of(std::string_view status);

}  // namespace batch::cli
