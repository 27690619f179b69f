#include "core/base/json_member.hpp"

#include <nlohmann/json.hpp>

namespace batch {

std::string text_member(const Json& object, std::string_view name) {
    const auto found = object.is_object() ? object.find(std::string{name}) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace batch
