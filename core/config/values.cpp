#include "core/config/values.hpp"

#include "core/base/text.hpp"
#include "core/config/folders.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace batch {

namespace {

Error wrong(const RawSetting& raw, std::string_view expected) {
    const auto* text = std::get_if<std::string>(&raw.value.content);
    const std::string found =
        text != nullptr ? fmt::format("\"{}\"", *text) : std::string(kind_of(raw.value));
    return {ErrorKind::config, fmt::format("{} must be {}, not {}", raw.key, expected, found)};
}

const std::string& text_of(const RawSetting& raw, std::string_view expected) {
    if (const auto* text = std::get_if<std::string>(&raw.value.content)) {
        return *text;
    }
    throw wrong(raw, expected);
}

/// The base library calls a bad word a usage error; in a file it is one of the configuration.
template <typename Parse>
auto parsed(const RawSetting& raw, std::string_view expected, Parse parse) {
    const std::string& text = text_of(raw, expected);
    try {
        return parse(text, raw.key);
    } catch (const Error&) {
        throw wrong(raw, expected);
    }
}

constexpr std::string_view duration_form = "a duration such as \"30s\" or \"1h30m\"";
constexpr std::string_view backoff_form = "two durations, the first not longer, such as \"1s..1m\"";

std::filesystem::path read_path(const RawSetting& raw, const std::string& text) {
    const auto path = expand_home(text, raw.home);
    if (text.empty() || (!raw.is_variable && path.is_relative())) {
        throw Error(
            ErrorKind::config,
            fmt::format("{} must be an absolute path or begin with ~/, not \"{}\"", raw.key, text));
    }
    return std::filesystem::absolute(path).lexically_normal();
}

}  // namespace

void read(const RawSetting& raw, int& to) {
    constexpr std::string_view expected = "a whole number";
    std::int64_t number = 0;
    if (raw.is_variable) {
        const std::string& text = text_of(raw, expected);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size()) {
            throw wrong(raw, expected);
        }
    } else if (const auto* found = std::get_if<std::int64_t>(&raw.value.content)) {
        number = *found;
    } else {
        throw wrong(raw, expected);
    }
    if (!std::in_range<int>(number)) {
        throw Error(ErrorKind::config, fmt::format("{} is out of range: {}", raw.key, number));
    }
    to = static_cast<int>(number);
}

void read(const RawSetting& raw, std::uint64_t& to) {
    if (const auto* bytes = std::get_if<std::int64_t>(&raw.value.content);
        bytes != nullptr && *bytes >= 0) {
        to = static_cast<std::uint64_t>(*bytes);
        return;
    }
    to = parsed(raw, "a size such as \"64KiB\" or \"50MiB\"", parse_size);
}

void read(const RawSetting& raw, Millis& to) {
    if (const auto* zero = std::get_if<std::int64_t>(&raw.value.content);
        zero != nullptr && *zero == 0) {
        to = Millis{0};
        return;
    }
    to = parsed(raw, duration_form, parse_duration);
}

void read(const RawSetting& raw, std::optional<Millis>& to) {
    constexpr std::string_view expected = "\"forever\" or a duration such as \"30d\"";
    if (text_of(raw, expected) == "forever") {
        to.reset();
        return;
    }
    to = parsed(raw, expected, parse_duration);
}

void read(const RawSetting& raw, Backoff& to) {
    const std::string& text = text_of(raw, backoff_form);
    const auto dots = text.find("..");
    if (dots == std::string::npos) {
        throw wrong(raw, backoff_form);
    }
    const Backoff backoff = parsed(raw, backoff_form, [&](const std::string&, std::string_view) {
        return Backoff{.min = parse_duration(text.substr(0, dots), raw.key),
                       .max = parse_duration(text.substr(dots + 2), raw.key)};
    });
    if (backoff.min > backoff.max) {
        throw wrong(raw, backoff_form);
    }
    to = backoff;
}

void read(const RawSetting& raw, std::string& to) {
    to = text_of(raw, "a text");
}

void read(const RawSetting& raw, bool& to) {
    constexpr std::string_view expected = "true or false";
    if (const auto* value = std::get_if<bool>(&raw.value.content)) {
        to = *value;
        return;
    }
    const auto* text = std::get_if<std::string>(&raw.value.content);
    if (!raw.is_variable || text == nullptr || (*text != "true" && *text != "false")) {
        throw wrong(raw, expected);
    }
    to = *text == "true";
}

void read(const RawSetting& raw, std::optional<std::filesystem::path>& to) {
    const std::string& text = text_of(raw, "a path");
    to = text.empty() ? std::nullopt : std::optional(read_path(raw, text));
}

void read(const RawSetting& raw, std::filesystem::path& to) {
    to = read_path(raw, text_of(raw, "a path"));
}

void read(const RawSetting& raw, std::vector<std::filesystem::path>& to) {
    constexpr std::string_view expected = "a list of paths";
    std::vector<std::filesystem::path> paths;
    if (raw.is_variable) {
        for (const std::string& part : split(text_of(raw, expected), ':')) {
            paths.push_back(read_path(raw, part));
        }
        to = std::move(paths);
        return;
    }
    const auto* list = std::get_if<TomlList>(&raw.value.content);
    if (list == nullptr) {
        throw wrong(raw, expected);
    }
    for (const TomlValue& value : *list) {
        const RawSetting element{value, raw.key, raw.home, raw.is_variable};
        paths.push_back(read_path(element, text_of(element, expected)));
    }
    to = std::move(paths);
}

std::size_t read_word(const RawSetting& raw, std::span<const std::string_view> choices) {
    const std::vector<std::string> quoted(choices.begin(), choices.end());
    const std::string expected = "one of " + join(quoted, ", ");
    const std::string& text = text_of(raw, expected);
    const auto found = std::ranges::find(choices, text);
    if (found == choices.end()) {
        throw wrong(raw, expected);
    }
    return static_cast<std::size_t>(found - choices.begin());
}

void check_range(const RawSetting& raw, std::int64_t value, Range range,
                 std::string (*print_bound)(std::int64_t)) {
    if (value >= range.min && value <= range.max) {
        return;
    }
    const bool has_max = range.max != std::numeric_limits<std::int64_t>::max();
    throw Error(ErrorKind::config, has_max
                                       ? fmt::format("{} must be between {} and {}, not {}",
                                                     raw.key, print_bound(range.min),
                                                     print_bound(range.max), print_bound(value))
                                       : fmt::format("{} must be at least {}, not {}", raw.key,
                                                     print_bound(range.min), print_bound(value)));
}

std::string print(int value) {
    return fmt::format("{}", value);
}

std::string print(std::uint64_t value) {
    constexpr std::array<std::string_view, 4> units{"", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    while (value != 0 && value % 1024 == 0 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{}", value) : fmt::format("\"{}{}\"", value, units[unit]);
}

std::string print(Millis value) {
    return fmt::format("\"{}\"", exact(value));
}

std::string print(const std::optional<Millis>& value) {
    return value ? print(*value) : "\"forever\"";
}

std::string print(const Backoff& value) {
    return fmt::format("\"{}..{}\"", exact(value.min), exact(value.max));
}

std::string print(const std::string& value) {
    std::string out = "\"";
    for (const char byte : value) {
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += byte;
        } else if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(byte));
        } else {
            out += byte;
        }
    }
    return out + '"';
}

std::string print(bool value) {
    return value ? "true" : "false";
}

std::string print(const std::optional<std::filesystem::path>& value) {
    return print(value.value_or(std::filesystem::path()).string());
}

std::string print_url(const std::string& url) {
    const auto begin = url.find("://");
    const auto end = begin == std::string::npos ? begin : url.rfind('@');
    const auto colon = end == std::string::npos ? end : url.find(':', begin + 3);
    return colon < end ? print(url.substr(0, colon + 1) + "***" + url.substr(end)) : print(url);
}

std::string print(const std::filesystem::path& value) {
    return print(value.string());
}

std::string print(const std::vector<std::filesystem::path>& value) {
    std::vector<std::string> parts;
    for (const auto& path : value) {
        parts.push_back(print(path));
    }
    return "[" + join(parts, ", ") + "]";
}

}  // namespace batch
