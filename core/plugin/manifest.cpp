#include "core/plugin/manifest.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace batch {

namespace {

constexpr std::size_t longest_name = 64;
constexpr int most_items_at_once = 1000;

Error wrong(std::string_view what) {
    return {ErrorKind::config, fmt::format("the manifest {}", what)};
}

std::string text_in(const Json& manifest, const char* member) {
    const auto found = manifest.find(member);
    if (found == manifest.end()) {
        return {};
    }
    if (!found->is_string()) {
        throw wrong(fmt::format("has a \"{}\" that is not a text", member));
    }
    return found->get<std::string>();
}

std::vector<std::string> texts_in(const Json& manifest, const char* member) {
    const auto found = manifest.find(member);
    if (found == manifest.end()) {
        return {};
    }
    const auto is_text = [](const Json& each) { return each.is_string(); };
    if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_text)) {
        throw wrong(fmt::format("has a \"{}\" that is not a list of texts", member));
    }
    return found->get<std::vector<std::string>>();
}

bool flag_in(const Json& manifest, const char* member) {
    const auto found = manifest.find(member);
    if (found != manifest.end() && !found->is_boolean()) {
        throw wrong(fmt::format("has a \"{}\" that is not true or false", member));
    }
    return found != manifest.end() && found->get<bool>();
}

int concurrency_in(const Json& manifest) {
    const auto found = manifest.find("concurrency");
    if (found == manifest.end()) {
        return 1;
    }
    if (!found->is_number_integer() || *found < 1 || *found > most_items_at_once) {
        throw wrong(fmt::format("has a \"concurrency\" that is not a whole number from 1 to {}",
                                most_items_at_once));
    }
    return found->get<int>();
}

void check_protocol(const Json& manifest) {
    const auto found = manifest.find("protocol");
    if (found == manifest.end() || !found->is_number_integer()) {
        throw wrong("does not say which \"protocol\" it speaks, as a whole number");
    }
    if (*found != plugin_protocol) {
        throw wrong(fmt::format("names protocol {}; this version speaks protocol {}", found->dump(),
                                plugin_protocol));
    }
}

std::string schema_in(const Json& manifest) {
    const auto found = manifest.find("options");
    if (found == manifest.end()) {
        return "{}";
    }
    if (!found->is_object() || !found->value("properties", Json::object()).is_object()) {
        throw wrong("has \"options\" that are not a JSON Schema of an object");
    }
    return dump(*found);
}

}  // namespace

Manifest parse_manifest(std::string_view json) {
    const Json tree = parse_json(json, "the manifest");
    if (!tree.is_object()) {
        throw wrong("is not a JSON object");
    }
    check_protocol(tree);
    Manifest manifest{.name = text_in(tree, "name"),
                      .version = text_in(tree, "version"),
                      .summary = text_in(tree, "summary"),
                      .in = texts_in(tree, "in"),
                      .out = texts_in(tree, "out"),
                      .concurrency = concurrency_in(tree),
                      .files = flag_in(tree, "files"),
                      .jail = flag_in(tree, "jail"),
                      .lint = flag_in(tree, "lint"),
                      .login = flag_in(tree, "login"),
                      .options = schema_in(tree)};
    if (!is_plugin_name(manifest.name)) {
        throw wrong("has no \"name\" of small letters, digits, - and _");
    }
    return manifest;
}

std::string to_json(const Manifest& manifest) {
    Json tree{{"protocol", plugin_protocol},
              {"name", manifest.name},
              {"version", manifest.version},
              {"summary", manifest.summary},
              {"in", manifest.in},
              {"out", manifest.out},
              {"concurrency", manifest.concurrency},
              {"files", manifest.files},
              {"jail", manifest.jail},
              {"lint", manifest.lint},
              {"login", manifest.login}};
    tree["options"] = parse_json(manifest.options, "the options");
    return dump(tree);
}

bool is_plugin_name(std::string_view name) noexcept {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !name.empty() && name.size() <= longest_name && name.front() != '-' &&
           name.front() != '_' && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace batch
