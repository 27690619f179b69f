#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace batch::chromium {

/// The page that the step before made, as a text or a file; `frame` is an item's.
/// Throws plugin::Refused, class permanent, if there is none or it is too large.
std::string html_of(const nlohmann::json& frame);

}  // namespace batch::chromium
