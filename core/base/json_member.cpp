#include "core/base/json_member.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace batch {

std::string text_member(const Json& object, std::string_view name) {
    const auto found = object.is_object() ? object.find(std::string{name}) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool names_one_twice(std::string_view object) {
    std::set<std::string> names;
    bool twice = false;
    for_each_member(object, [&](std::string_view key, std::string_view) {
        twice = twice || !names.insert(json_text(key)).second;
    });
    return twice;
}

}  // namespace batch
