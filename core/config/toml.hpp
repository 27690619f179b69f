#pragma once

#include "core/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace batch {

struct TomlMember;
struct TomlValue;

using TomlList = std::vector<TomlValue>;
using TomlTable = std::vector<TomlMember>;  ///< in the order of the file

/// A value of a TOML file and where it stands.  Dates and times are texts.
struct TomlValue {
    std::variant<bool, std::int64_t, double, std::string, TomlList, TomlTable> content;
    std::size_t line = 0;
    std::size_t column = 0;
};

struct TomlMember {
    std::string key;
    TomlValue value;
    std::size_t line = 0;  ///< of the key
    std::size_t column = 0;
};

/// "text", "number", "list", ...: what is found, for messages.
std::string_view kind_of(const TomlValue& value) noexcept;

/// Parses a TOML text (configuration or job file); `file` is the name shown in errors.
/// Throws Error{kind} with the place.
TomlTable parse_toml(std::string_view text, const std::string& file, ErrorKind kind);

}  // namespace batch
