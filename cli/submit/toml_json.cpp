#include "cli/submit/toml_json.hpp"

#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

struct Convert {
    template <typename Scalar>
    Json operator()(const Scalar& value) const {
        return value;
    }

    Json operator()(const TomlList& list) const {
        Json array = Json::array();
        for (const TomlValue& each : list) {
            array.push_back(json_of(each));
        }
        return array;
    }

    Json operator()(const TomlTable& table) const {
        Json object = Json::object();
        for (const TomlMember& each : table) {
            object[each.key] = json_of(each.value);
        }
        return object;
    }
};

}  // namespace

Json json_of(const TomlValue& value) {
    return std::visit(Convert{}, value.content);
}

}  // namespace batch::cli
