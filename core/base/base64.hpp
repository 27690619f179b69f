#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace batch {

/// With the letters - and _ and without padding (RFC 4648, section 5).
std::string base64url(std::string_view bytes);

/// Absent if the text has another letter, padding, or bits left over.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace batch
