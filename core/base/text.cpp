#include "core/base/text.hpp"

#include "core/base/byte_set.hpp"
#include "core/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace batch {

namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

/// Letters needed to make one word of the other, where swapping two neighbours is one change.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

template <typename Text>
std::optional<std::string> closest_of(std::string_view word, std::span<const Text> candidates) {
    const std::string wanted = lower(word);
    std::optional<std::string> best;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const std::string_view candidate : candidates) {
        const std::size_t allowed = std::max(wanted.size(), candidate.size()) / 3;
        // Words of such different lengths are not worth the table.
        if (candidate.size() > wanted.size() + allowed ||
            wanted.size() > candidate.size() + allowed) {
            continue;
        }
        const std::size_t wrong = distance(wanted, lower(candidate));
        if (wrong <= allowed && wrong < least) {
            least = wrong;
            best = candidate;
        }
    }
    return best;
}

struct SizeUnit {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr std::array size_units = std::to_array<SizeUnit>({
    {"", 1},
    {"kB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"KiB", 1ULL << 10U},
    {"MiB", 1ULL << 20U},
    {"GiB", 1ULL << 30U},
    {"TiB", 1ULL << 40U},
});

std::optional<std::uint64_t> read_size(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, number);
    const auto* const found = std::ranges::find(
        size_units, std::string_view(unit, static_cast<std::size_t>(end - unit)), &SizeUnit::name);
    if (error != std::errc{} || found == size_units.end() ||
        number > std::numeric_limits<std::uint64_t>::max() / found->bytes) {
        return std::nullopt;
    }
    return number * found->bytes;
}

/// What no shell in use, fish and bash included, treats as special anywhere in a word.
constexpr ByteSet plain_in_shell{
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"};

}  // namespace

std::optional<std::string> closest(std::string_view word,
                                   std::span<const std::string_view> candidates) {
    return closest_of(word, candidates);
}

std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates) {
    return closest_of(word, candidates);
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return out;
}

std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t i = text.size(); i > first + 3;) {
        i -= 3;
        text.insert(i, 1, ',');
    }
    return text;
}

std::string plural(std::int64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string bytes_text(std::uint64_t bytes) {
    if (bytes < 1024) {
        return plural(static_cast<std::int64_t>(bytes), "byte");
    }
    constexpr std::array<std::string_view, 6> names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    auto value = static_cast<double>(bytes) / 1024;
    // From 1023.5 on it would be rounded to 1024 of the smaller unit.
    for (; value >= 1023.5 && unit + 1 < names.size(); ++unit) {
        value /= 1024;
    }
    const double tenths = std::round(value * 10) / 10;
    const bool is_whole = tenths >= 10 || tenths == std::floor(tenths);
    return fmt::format("{:.{}f} {}", is_whole ? std::round(value) : tenths, is_whole ? 0 : 1,
                       names[unit]);
}

std::uint64_t parse_size(std::string_view text, std::string_view what) {
    if (const auto size = read_size(text)) {
        return *size;
    }
    throw Error(ErrorKind::usage,
                fmt::format(R"({}: "{}" is no size; write 65536, 64KiB, 50MiB, 2GiB)", what, text));
}

std::string shell_word(std::string_view text) {
    const auto is_plain = [](char c) { return plain_in_shell.contains(c); };
    if (!text.empty() && std::ranges::all_of(text, is_plain)) {
        return std::string(text);
    }
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string_view("'\\''") : std::string_view(&c, 1);
    }
    return out + "'";
}

}  // namespace batch
