#pragma once

#include "core/base/time.hpp"

#include <string>

namespace batch::amqp {

/// Looks the name up, so that the library's own lookup, which has no time limit, need not wait.
/// Returns why it is not known; empty if it is, or if it is an address.
std::string trouble_with_name(const std::string& host, BootTime until);

}  // namespace batch::amqp
