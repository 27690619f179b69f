#pragma once

#include "daemon/plugins/mustache/template.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace batch::mustache {

enum class Escape { none, html };

/// The text for one "item" frame: its columns by their names; row, batch, and value for an item
/// that is a text.
///
/// Throws plugin::Refused where a variable is not defined, or the text is over 1 MiB.
std::string render(const Template& tmpl, const nlohmann::json& frame, Escape escape);

}  // namespace batch::mustache
