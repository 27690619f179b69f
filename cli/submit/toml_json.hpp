#pragma once

#include "core/base/json.hpp"
#include "core/config/toml.hpp"

namespace batch::cli {

/// The same value as JSON.
Json json_of(const TomlValue& value);

}  // namespace batch::cli
