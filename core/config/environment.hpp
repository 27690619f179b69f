#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace batch {

/// Environment variables by name; a value, so that tests need not change the process's.
using Environment = std::map<std::string, std::string, std::less<>>;

/// A copy of this process's.
Environment process_environment();

/// The value; empty if it is not set.
std::string_view value_of(const Environment& environment, std::string_view name);

}  // namespace batch
