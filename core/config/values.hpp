#pragma once

#include "core/base/error.hpp"
#include "core/config/keys.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch {

// How each type of setting is read from a file or a variable, and printed as TOML.  read() throws
// Error{config} without a place: the caller knows it.

void read(const RawSetting& raw, int& to);
void read(const RawSetting& raw, std::uint64_t& to);  ///< a size in bytes
void read(const RawSetting& raw, Millis& to);
void read(const RawSetting& raw, std::optional<Millis>& to);  ///< "forever": absent
void read(const RawSetting& raw, Backoff& to);
void read(const RawSetting& raw, std::string& to);
void read(const RawSetting& raw, bool& to);
void read(const RawSetting& raw, std::optional<std::filesystem::path>& to);  ///< "": absent
void read(const RawSetting& raw, std::filesystem::path& to);
void read(const RawSetting& raw, std::vector<std::filesystem::path>& to);

std::string print(int value);
std::string print(std::uint64_t value);
std::string print(Millis value);
std::string print(const std::optional<Millis>& value);
std::string print(const Backoff& value);
std::string print(const std::string& value);
std::string print(bool value);
std::string print(const std::optional<std::filesystem::path>& value);

/// An address, with asterisks in place of its password.
std::string print_url(const std::string& url);
std::string print(const std::filesystem::path& value);
std::string print(const std::vector<std::filesystem::path>& value);

/// The words of an enum, in the order of its values.
template <typename Enum>
constexpr std::array<std::string_view, 0> words{};
template <>
constexpr std::array<std::string_view, 2> words<OutputsKeep>{"undelivered", "all"};
template <>
constexpr std::array<std::string_view, 2> words<Jail>{"required", "off"};
template <>
constexpr std::array<std::string_view, 2> words<Envelope>{"plain", "nestjs"};
template <>
constexpr std::array<std::string_view, 3> words<KeySource>{"auto", "secret-service", "file"};
template <>
constexpr std::array<std::string_view, 4> words<LogFormat>{"auto", "human", "json", "journal"};
template <>
constexpr std::array<std::string_view, 4> words<LogLevel>{"error", "warn", "info", "debug"};

/// The place of the value among the words; throws Error{config} with the nearest one.
std::size_t read_word(const RawSetting& raw, std::span<const std::string_view> choices);

template <typename Enum>
requires std::is_enum_v<Enum>

void read(const RawSetting& raw, Enum& to) {
    to = static_cast<Enum>(read_word(raw, words<Enum>));
}

template <typename Enum>

requires std::is_enum_v<Enum> std::string print(Enum value) {
    return print(std::string(words<Enum>[static_cast<std::size_t>(value)]));
}

/// What a number, size (bytes) or duration (ms) may be.
struct Range {
    std::int64_t min = 0;
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// Throws Error{config} for a value outside; the printed forms are for the message.
void check_range(const RawSetting& raw, std::int64_t value, Range range,
                 std::string (*print_bound)(std::int64_t));

}  // namespace batch
