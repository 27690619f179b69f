#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace batch {

bool is_utf8(std::string_view text);

/// Offset of the first byte that is not UTF-8 (RFC 3629); absent if all of it is.
std::optional<std::size_t> utf8_error_offset(std::string_view text);

struct CodePoint {
    char32_t value = 0;
    std::size_t size = 0;  ///< bytes; 1 for a byte that is not UTF-8
    bool valid = true;
};

/// The code point at the front of the text, which is not empty.
CodePoint front_code_point(std::string_view text);

void append_utf8(std::string& out, char32_t value);

/// How many code points the text, which should be UTF-8, has.
std::size_t count_characters(std::string_view text);

/// The front of the text: at most so many bytes, and no half character at its end.
std::string_view front_bytes(std::string_view text, std::size_t most);

/// Terminal columns: combining marks take 0, East Asian wide characters and emoji 2.
std::size_t display_width(std::string_view text);

/// The front of the text: at most so many columns of it.
std::string clipped(std::string_view text, std::size_t width);

/// The text with control characters, bidirectional overrides and broken UTF-8 written as escapes,
/// so that a hostile row cannot drive the terminal.
std::string printable(std::string_view text);

/// The same for text of several lines: line ends and tabs stay.  JSON stays JSON.
std::string printable_lines(std::string_view text);

}  // namespace batch
