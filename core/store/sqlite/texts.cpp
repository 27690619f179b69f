#include "core/store/sqlite/texts.hpp"

#include "core/base/json.hpp"

#include <nlohmann/json.hpp>

namespace batch::sqlite {

std::string to_json(const Reason& reason) {
    return dump({{"code", reason.code}, {"message", reason.message}, {"hint", reason.hint}});
}

Reason reason_of(std::string_view json) {
    const Json object = parse_json(json, "a stored reason");
    return {.code = object.value("code", ""),
            .message = object.value("message", ""),
            .hint = object.value("hint", "")};
}

std::string to_json(const std::map<std::string, std::string>& labels) {
    Json object = Json::object();
    for (const auto& [name, value] : labels) {
        object[name] = value;
    }
    return dump(object);
}

std::map<std::string, std::string> labels_of(std::string_view json) {
    std::map<std::string, std::string> labels;
    const Json object = parse_json(json, "stored labels");
    for (const auto& [name, value] : object.items()) {
        labels[name] = value.get<std::string>();
    }
    return labels;
}

std::string to_json(std::span<const ItemIndex> indexes) {
    Json array = Json::array();
    for (const ItemIndex index : indexes) {
        array.push_back(index);
    }
    return dump(array);
}

std::vector<ItemIndex> indexes_of(std::string_view json) {
    return parse_json(json, "stored indexes").get<std::vector<ItemIndex>>();
}

}  // namespace batch::sqlite
