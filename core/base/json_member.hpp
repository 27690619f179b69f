#pragma once

#include "core/base/json.hpp"

#include <string>
#include <string_view>

namespace batch {

/// The text of a member; empty if it is not there, is no text, or there is no object.
std::string text_member(const Json& object, std::string_view name);

/// Whether two members of the object, as JSON text, have one name: parsers differ in which of them
/// they take.
bool names_one_twice(std::string_view object);

}  // namespace batch
