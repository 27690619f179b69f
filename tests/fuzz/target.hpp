#pragma once

#include <string_view>

namespace batch::fuzz {

/// What a target tries: whether the program takes the input for good.
///
/// That it throws an Error is fine.  Any other exception is a finding, and so is a promise that
/// does not hold.
bool takes(std::string_view input);

/// As takes(); false if it throws an Error.
bool is_taken(std::string_view input);

/// Ends the program, and says which promise does not hold.
void expect(bool holds, const char* promise);

/// Takes the first line away, which says what the rest is.
std::string_view take_line(std::string_view& rest);

/// Whether it can be shown on a terminal: printable ASCII.
bool is_printable(std::string_view text);

}  // namespace batch::fuzz
