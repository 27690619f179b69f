#pragma once

namespace batch {

/// Steps over raw JSON in [begin, end), for text that is known to be valid; never past end.
const char* skip_json_space(const char* begin, const char* end) noexcept;

/// `begin` is at the opening quote; the result is behind the closing one.
const char* skip_json_string(const char* begin, const char* end) noexcept;

/// Behind the value (of any kind) that starts at `begin`.
const char* skip_json_value(const char* begin, const char* end) noexcept;

}  // namespace batch
