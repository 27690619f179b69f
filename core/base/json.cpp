#include "core/base/json.hpp"

#include "core/base/byte_set.hpp"
#include "core/base/error.hpp"
#include "core/base/json_problem.hpp"
#include "core/base/json_scan.hpp"
#include "core/base/place.hpp"
#include "core/base/utf8.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace batch {

namespace {

constexpr ByteSet needs_escape = [] {
    ByteSet set{"\"\\"};
    for (char c = 0; c < 0x20; ++c) {
        set.insert(c);
    }
    return set;
}();

/// The first byte that must be escaped, or the end; eight bytes at a time.
const char* find_escape(const char* begin, const char* end) {
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr std::uint64_t high = 0x80 * each;
    // A zero byte of `block` has its high bit in the result; those before it have not.
    const auto zero = [](std::uint64_t block) { return (block - each) & ~block; };
    for (; end - begin >= 8; begin += 8) {
        std::uint64_t block = 0;
        std::memcpy(&block, begin, sizeof block);
        const std::uint64_t below_space = (block - 0x20 * each) & ~block;
        if (((below_space | zero(block ^ '"' * each) | zero(block ^ '\\' * each)) & high) != 0) {
            break;
        }
    }
    return needs_escape.find(begin, end);
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(c);
    out += "\\u00";
    out += digits[value >> 4U];
    out += digits[value & 0xFU];
}

bool is_high_surrogate(char32_t value) {
    return value >= 0xD800 && value <= 0xDBFF;
}

bool is_low_surrogate(char32_t value) {
    return value >= 0xDC00 && value <= 0xDFFF;
}

/// The four digits of \u0041 at the front of the text; absent if they are not there.
std::optional<char32_t> read_unit(std::string_view text) {
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
        return std::nullopt;
    }
    char32_t value = 0;
    for (const char c : text.substr(2, 4)) {
        const bool is_digit = c >= '0' && c <= '9';
        const int digit = is_digit ? c - '0' : (c | 0x20) - 'a' + 10;
        value = value << 4U | static_cast<char32_t>(digit);
    }
    return value;
}

/// Decodes \u0041, or a pair of them, and takes it away from the text.
void take_unicode(std::string& out, std::string_view& text) {
    char32_t value = read_unit(text).value_or(0xFFFD);
    text.remove_prefix(std::min<std::size_t>(6, text.size()));
    if (is_high_surrogate(value)) {
        const auto low = read_unit(text);
        if (low && is_low_surrogate(*low)) {
            append_utf8(out, 0x10000 + ((value - 0xD800) << 10U) + (*low - 0xDC00));
            text.remove_prefix(6);
            return;
        }
    }
    const bool is_half = is_high_surrogate(value) || is_low_surrogate(value);
    append_utf8(out, is_half ? 0xFFFD : value);
}

/// Decodes the escape at the front of the text and takes it away.
void take_escape(std::string& out, std::string_view& text) {
    const char kind = text.size() > 1 ? text[1] : '\\';
    if (kind == 'u') {
        take_unicode(out, text);
        return;
    }
    switch (kind) {
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case 'r': out += '\r'; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        default: out += kind; break;
    }
    text.remove_prefix(std::min<std::size_t>(2, text.size()));
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what) {
    if (const auto problem = json_problem(text)) {
        const Place place = place_in(text, problem->offset, {.file = {}, .line = 1});
        throw Error(ErrorKind::bad_input,
                    fmt::format("{} is not valid JSON: line {}, column {}: {}", what, place.line,
                                place.column, problem->message));
    }
    return Json::parse(text);
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_json_string(std::string& out, std::string_view text) {
    const char* place = text.data();
    const char* const end = place + text.size();
    out += '"';
    for (;;) {
        const char* run = find_escape(place, end);
        out.append(place, run);
        if (run == end) {
            break;
        }
        append_escape(out, *run);
        place = run + 1;
    }
    out += '"';
}

std::string json_text(std::string_view raw) {
    if (raw.size() < 2 || raw.front() != '"') {
        return std::string(raw);
    }
    std::string_view rest = raw.substr(1, raw.size() - 2);
    std::string out;
    out.reserve(rest.size());
    while (!rest.empty()) {
        const std::size_t run = std::min(rest.find('\\'), rest.size());
        out += rest.substr(0, run);
        rest.remove_prefix(run);
        if (!rest.empty()) {
            take_escape(out, rest);
        }
    }
    return out;
}

JsonObjectScanner::JsonObjectScanner(std::string_view object)
    : place_(object.data()), end_(object.data() + object.size()) {
    place_ = skip_json_space(place_, end_);
    place_ = place_ != end_ && *place_ == '{' ? place_ + 1 : end_;
}

bool JsonObjectScanner::next() {
    while (place_ != end_ && *place_ != '"') {
        ++place_;  // white space, a comma, or the closing brace
    }
    if (place_ == end_) {
        return false;
    }
    const char* const behind_key = skip_json_string(place_, end_);
    key_ = {place_, static_cast<std::size_t>(behind_key - place_)};
    place_ = skip_json_space(behind_key, end_);
    place_ = skip_json_space(place_ == end_ ? end_ : place_ + 1, end_);  // behind the colon
    const char* const behind_value = skip_json_value(place_, end_);
    value_ = {place_, static_cast<std::size_t>(behind_value - place_)};
    place_ = behind_value;
    return true;
}

}  // namespace batch
