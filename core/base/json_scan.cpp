#include "core/base/json_scan.hpp"

#include "core/base/byte_set.hpp"

#include <cstring>

namespace batch {

namespace {

constexpr ByteSet brackets_and_quotes{"\"[]{}"};
constexpr ByteSet behind_scalar{",]} \t\r\n"};

bool is_json_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Whether the quote at `quote` is only a character of the string that starts behind `begin`.
bool is_escaped(const char* begin, const char* quote) {
    const char* place = quote;
    while (place != begin && place[-1] == '\\') {
        --place;
    }
    return (quote - place) % 2 != 0;
}

const char* skip_container(const char* begin, const char* end) {
    int depth = 0;
    for (const char* place = begin; place != end;) {
        place = brackets_and_quotes.find(place, end);
        if (place == end) {
            break;
        }
        if (*place == '"') {
            place = skip_json_string(place, end);
            continue;
        }
        depth += *place == '[' || *place == '{' ? 1 : -1;
        ++place;
        if (depth == 0) {
            return place;
        }
    }
    return end;
}

}  // namespace

const char* skip_json_space(const char* begin, const char* end) noexcept {
    while (begin != end && is_json_space(*begin)) {
        ++begin;
    }
    return begin;
}

const char* skip_json_string(const char* begin, const char* end) noexcept {
    for (const char* place = begin + 1; place < end; ++place) {
        const auto* quote = static_cast<const char*>(
            std::memchr(place, '"', static_cast<std::size_t>(end - place)));
        if (quote == nullptr) {
            break;
        }
        if (!is_escaped(begin + 1, quote)) {
            return quote + 1;
        }
        place = quote;
    }
    return end;
}

const char* skip_json_value(const char* begin, const char* end) noexcept {
    if (begin == end) {
        return end;
    }
    switch (*begin) {
        case '"': return skip_json_string(begin, end);
        case '{':
        case '[': return skip_container(begin, end);
        default: return behind_scalar.find(begin, end);
    }
}

}  // namespace batch
