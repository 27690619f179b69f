#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace batch {

/// A version 7 UUID (RFC 9562) in lower case.  Those made one after the other in the same
/// millisecond sort in that order.  Thread safe.
std::string uuid_v7(TimePoint time);

/// Any version, lower case, in the form 8-4-4-4-12.
bool is_uuid(std::string_view text);

/// So many random bytes from getrandom(2), as twice as many hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace batch
