#pragma once

#include "core/base/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// The candidate meant by a misspelt word, for "did you mean"; absent if more than about a third of
/// the letters differ.  Swapped neighbours count once, upper and lower case not at all.
std::optional<std::string> closest(std::string_view word,
                                   std::span<const std::string_view> candidates);
std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates);

std::string join(std::span<const std::string> parts, std::string_view separator);

/// Always one more part than there are separators: split("", ',') is one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// Without the ASCII white space around it.
std::string_view trim(std::string_view text);

/// ASCII letters only; other characters stay.
std::string lower(std::string_view text);

/// "1,000,000".
std::string grouped(std::int64_t number);

/// "1 item", "2,000 items"; the plural is the noun with an s.
std::string plural(std::int64_t count, std::string_view noun);

/// For people: "512 bytes", "1.5 KiB", "212 MiB".
std::string bytes_text(std::uint64_t bytes);

/// "65536", "64KiB", "50MiB", "2GiB"; kB, MB and GB are powers of 1000.  In bytes.
/// Throws Error{usage}, naming `what`.
std::uint64_t parse_size(std::string_view text, std::string_view what);

/// The text as one word of sh, quoted only if it has to be.
std::string shell_word(std::string_view text);

}  // namespace batch
