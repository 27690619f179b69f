#pragma once

#include "core/base/error.hpp"

#include <filesystem>
#include <string_view>

namespace batch::sqlite {

/// The one place where SQLite's codes become Error{state}; `extended` is an extended result code.
Error state_error(const std::filesystem::path& path, int extended, std::string_view message);

}  // namespace batch::sqlite
