#include "core/base/utf8.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include <simdjson.h>

namespace batch {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Unicode 15, general category Mn, Me and Cf, of the scripts a terminal can show.
constexpr std::array zero_width = std::to_array<Range>({
    {0x300, 0x36F},   {0x483, 0x489},     {0x591, 0x5BD},   {0x5BF, 0x5BF},   {0x5C1, 0x5C2},
    {0x5C4, 0x5C5},   {0x5C7, 0x5C7},     {0x610, 0x61A},   {0x64B, 0x65F},   {0x670, 0x670},
    {0x6D6, 0x6DC},   {0x6DF, 0x6E4},     {0x6E7, 0x6E8},   {0x6EA, 0x6ED},   {0x900, 0x902},
    {0x93A, 0x93A},   {0x93C, 0x93C},     {0x941, 0x948},   {0x94D, 0x94D},   {0x951, 0x957},
    {0x962, 0x963},   {0xE31, 0xE31},     {0xE34, 0xE3A},   {0xE47, 0xE4E},   {0x1160, 0x11FF},
    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},   {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},
    {0x20D0, 0x20F0}, {0x302A, 0x302D},   {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xE0001, 0xE01EF},
});

// Unicode 15, East Asian Width W and F, with the holes in blocks of ideographs filled.
constexpr std::array double_width = std::to_array<Range>({
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x23F0, 0x23F0},   {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},
    {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27B0, 0x27B0},   {0x27BF, 0x27BF},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x16FE0, 0x18CFF}, {0x1AFF0, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF},
    {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F335},
    {0x1F337, 0x1F37C}, {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3},
    {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4}, {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440},
    {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F54E}, {0x1F550, 0x1F567},
    {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F},
    {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6DF},
    {0x1F6EB, 0x1F6EC}, {0x1F6F4, 0x1F6FF}, {0x1F7E0, 0x1F7F0}, {0x1F90C, 0x1F93A},
    {0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
});

template <std::size_t size>
bool contains(const std::array<Range, size>& ranges, char32_t value) {
    const auto range = std::ranges::lower_bound(ranges, value, {}, &Range::last);
    return range != ranges.end() && range->first <= value;
}

std::size_t width_of(char32_t value) {
    if (value < 0x300) {
        return value < 0x20 || (value >= 0x7F && value < 0xA0) ? 0 : 1;
    }
    if (contains(zero_width, value)) {
        return 0;
    }
    return contains(double_width, value) ? 2 : 1;
}

/// C0 and C1 controls, line separators, and what turns the direction of writing around.
bool is_hostile(char32_t value) {
    return value < 0x20 || (value >= 0x7F && value < 0xA0) ||
           (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069) ||
           value == 0x2028 || value == 0x2029;
}

std::string escape_of(CodePoint point) {
    switch (point.value) {
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: break;
    }
    const auto value = static_cast<std::uint32_t>(point.value);
    return value < 0x80 || !point.valid ? fmt::format("\\x{:02x}", value)
                                        : fmt::format("\\u{:04x}", value);
}

/// The text with what `escape` has something for written so; an empty text keeps the character.
template <typename Escape>
std::string escaped(std::string_view text, Escape escape) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = front_code_point(text);
        const std::string instead = escape(point);
        out += instead.empty() ? text.substr(0, point.size) : std::string_view(instead);
        text.remove_prefix(point.size);
    }
    return out;
}

/// Bytes of the sequence that a first byte announces; 0 if it cannot be a first byte.
std::size_t announced(unsigned char first) {
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

}  // namespace

bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

CodePoint front_code_point(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const CodePoint broken{.value = byte(0), .size = 1, .valid = false};
    const std::size_t size = announced(byte(0));
    if (size == 0 || size > text.size()) {
        return broken;
    }
    char32_t value = size == 1 ? byte(0) : byte(0) & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return broken;
        }
        value = value << 6U | (byte(i) & 0x3FU);
    }
    const bool is_overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    const bool is_outside = value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF);
    return is_overlong || is_outside ? broken : CodePoint{.value = value, .size = size};
}

std::optional<std::size_t> utf8_error_offset(std::string_view text) {
    if (is_utf8(text)) {
        return std::nullopt;
    }
    std::size_t offset = 0;
    for (CodePoint point; offset < text.size(); offset += point.size) {
        point = front_code_point(text.substr(offset));
        if (!point.valid) {
            break;
        }
    }
    return offset;
}

void append_utf8(std::string& out, char32_t value) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | (value >> shift & 0x3FU));
    };
    if (value < 0x80) {
        out += static_cast<char>(value);
    } else if (value < 0x800) {
        out += static_cast<char>(0xC0U | value >> 6U);
        tail(0);
    } else if (value < 0x10000) {
        out += static_cast<char>(0xE0U | value >> 12U);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | value >> 18U);
        tail(12);
        tail(6);
        tail(0);
    }
}

std::size_t count_characters(std::string_view text) {
    const auto starts_one = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_one));
}

std::string_view front_bytes(std::string_view text, std::size_t most) {
    const auto is_inside = [text](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    if (text.size() <= most) {
        return text;
    }
    std::size_t end = most;
    while (end > 0 && is_inside(end)) {
        --end;
    }
    constexpr std::size_t longest = 4;  // what is longer is no character
    return text.substr(0, most - end < longest ? end : most);
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const CodePoint point = front_code_point(text);
        width += point.valid ? width_of(point.value) : 1;
        text.remove_prefix(point.size);
    }
    return width;
}

std::string clipped(std::string_view text, std::size_t width) {
    std::size_t size = 0;
    for (std::size_t used = 0; size < text.size();) {
        const CodePoint point = front_code_point(text.substr(size));
        used += point.valid ? width_of(point.value) : 1;
        if (used > width) {
            break;
        }
        size += point.size;
    }
    return std::string(text.substr(0, size));
}

std::string printable(std::string_view text) {
    return escaped(text, [](CodePoint point) {
        return !point.valid || is_hostile(point.value) ? escape_of(point) : std::string();
    });
}

std::string printable_lines(std::string_view text) {
    return escaped(text, [](CodePoint point) {
        if (point.valid && point.value == 0x7F) {
            return std::string(
                "\\u007f");  // as JSON writes it, which escapes the other controls itself
        }
        const bool is_layout = point.value == '\n' || point.value == '\t';
        return point.valid && (is_layout || !is_hostile(point.value)) ? std::string()
                                                                      : escape_of(point);
    });
}

}  // namespace batch
