#include "core/base/place.hpp"

#include "core/base/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace batch {

Place place_behind(Place start, std::string_view text) {
    const std::size_t line_end = text.rfind('\n');
    if (line_end != std::string_view::npos) {
        start.line += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        start.column = 1;
        text.remove_prefix(line_end + 1);
    }
    start.column += count_characters(text);
    return start;
}

Place place_in(std::string_view text, std::size_t offset, const Place& start) {
    return place_behind({.file = start.file, .line = start.line, .column = 1},
                        text.substr(0, offset));
}

std::string place_text(const Place& place) {
    std::string text = place.file;
    for (const std::size_t number : {place.line, place.column}) {
        if (number > 0) {
            text += fmt::format(":{}", number);
        }
    }
    return text;
}

}  // namespace batch
