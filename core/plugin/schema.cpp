// The subset of JSON Schema that manifests may use, and what is said where options break it.

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/plugin/options.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace batch {

namespace {

struct TypeWord {
    std::string_view type;
    std::string_view words;
    bool (*fits)(const Json&);
};

constexpr std::array type_words{
    TypeWord{"string", "a text", [](const Json& j) { return j.is_string(); }},
    TypeWord{"integer", "a whole number",
             [](const Json& j) {
                 return j.is_number_integer() ||
                        (j.is_number_float() && j.get<double>() == std::floor(j.get<double>()));
             }},
    TypeWord{"number", "a number", [](const Json& j) { return j.is_number(); }},
    TypeWord{"boolean", "true or false", [](const Json& j) { return j.is_boolean(); }},
    TypeWord{"array", "a list", [](const Json& j) { return j.is_array(); }},
    TypeWord{"object", "an object", [](const Json& j) { return j.is_object(); }},
    TypeWord{"null", "null", [](const Json& j) { return j.is_null(); }}};

std::vector<std::string> keys_of(const Json& object) {
    std::vector<std::string> keys;
    for (const auto& member : object.items()) {
        keys.push_back(member.key());
    }
    return keys;
}

/// As a person would write it on the command line.
std::string shown(const Json& value) {
    return value.is_string() ? value.get<std::string>() : dump(value);
}

class Checker {
public:
    Checker(const Manifest& manifest, const Typed& typed) : manifest_{manifest}, typed_{typed} {}

    /// `name` is that of the value: "env.LANG", "retry_on[1]"; empty for all the options.
    void check(const Json& value, const Json& schema, const std::string& name) const {
        check_type(value, schema, name);
        check_enum(value, schema, name);
        check_range(value, schema, name);
        if (value.is_object()) {
            check_members(value, schema, name);
        }
        if (value.is_array() && schema.contains("items")) {
            for (std::size_t i = 0; i < value.size(); ++i) {
                check(value[i], schema.at("items"), fmt::format("{}[{}]", name, i));
            }
        }
    }

private:
    [[noreturn]] void fail(const std::string& message, const std::string& hint) const {
        throw Error(ErrorKind::usage, typed_.with_outcome(message), hint);
    }

    std::string option(const std::string& name) const {
        return name.empty() ? fmt::format("what is given to plugin {}", manifest_.name)
                            : fmt::format("option \"{}\" of plugin {}", name, manifest_.name);
    }

    std::string see_all() const {
        return fmt::format("see what it takes: batchctl plugin show {}", manifest_.name);
    }

    /// The hint that has the option once more, with a value that would do.
    std::string write(const std::string& name, const Json& schema) const {
        const Json all = schema.value("enum", Json::array());
        const Json example = schema.contains("default")       ? schema.at("default")
                             : all.is_array() && !all.empty() ? all.front()
                                                              : Json{};
        const bool simple = !example.is_null() && !example.is_structured() &&
                            name.find_first_of(".[") == std::string::npos && !name.empty();
        return simple ? fmt::format(
                            "such as: {}",
                            typed_.say(manifest_.name, fmt::format(":{}={}", name, shown(example))))
                      : see_all();
    }

    void check_type(const Json& value, const Json& schema, const std::string& name) const {
        const auto found = schema.find("type");
        if (found == schema.end()) {
            return;
        }
        const Json types = found->is_array() ? *found : Json::array({*found});
        std::vector<std::string> words;
        for (const TypeWord& each : type_words) {
            if (std::ranges::find(types, each.type) == types.end()) {
                continue;
            }
            if (each.fits(value)) {
                return;
            }
            words.emplace_back(each.words);
        }
        if (!words.empty()) {
            fail(fmt::format("{} is {}, not {}", option(name), join(words, " or "), dump(value)),
                 write(name, schema));
        }
    }

    void check_enum(const Json& value, const Json& schema, const std::string& name) const {
        const auto found = schema.find("enum");
        if (found == schema.end() || !found->is_array() ||
            std::ranges::find(*found, value) != found->end()) {
            return;
        }
        std::vector<std::string> words;
        std::ranges::transform(*found, std::back_inserter(words), shown);
        const auto near = closest(shown(value), words);
        const std::string rest = near ? fmt::format(":{}={}", name, *near) : "";
        fail(fmt::format("{} cannot be {} (it can be: {})", option(name), dump(value),
                         join(words, ", ")),
             near ? fmt::format("did you mean: {}", typed_.say(manifest_.name, rest))
                  : write(name, schema));
    }

    void check_range(const Json& value, const Json& schema, const std::string& name) const {
        if (!value.is_number()) {
            return;
        }
        const auto limit = [&](const char* key, bool (*beyond)(double, double),
                               std::string_view words) {
            const auto found = schema.find(key);
            if (found != schema.end() && found->is_number() &&
                beyond(value.get<double>(), found->get<double>())) {
                fail(fmt::format("{} must be {} {}, not {}", option(name), words, found->dump(),
                                 dump(value)),
                     write(name, schema));
            }
        };
        limit(
            "minimum", [](double v, double l) { return v < l; }, "at least");
        limit(
            "maximum", [](double v, double l) { return v > l; }, "at most");
    }

    void check_members(const Json& value, const Json& schema, const std::string& name) const {
        const Json properties = schema.value("properties", Json::object());
        const Json others = schema.value("additionalProperties", Json(true));
        for (const auto& member : value.items()) {
            const std::string full = name.empty() ? member.key() : name + "." + member.key();
            if (properties.contains(member.key())) {
                check(member.value(), properties.at(member.key()), full);
            } else if (others == false) {
                fail_unknown(full, member.key(), properties);
            } else if (others.is_object()) {
                check(member.value(), others, full);
            }
        }
        for (const Json& needed : schema.value("required", Json::array())) {
            if (needed.is_string() && !value.contains(needed.get<std::string>())) {
                fail_missing(needed.get<std::string>());
            }
        }
    }

    [[noreturn]] void fail_unknown(const std::string& full, const std::string& key,
                                   const Json& properties) const {
        const std::vector<std::string> known = keys_of(properties);
        const auto near = closest(key, known);
        fail(fmt::format("plugin {} has no option \"{}\" ({})", manifest_.name, full,
                         known.empty() ? "it has none" : "it has: " + join(known, ", ")),
             near ? fmt::format("did you mean: {}", typed_.say(manifest_.name, with(key, *near)))
                  : see_all());
    }

    [[noreturn]] void fail_missing(const std::string& name) const {
        const std::string more = typed_.rest.empty() ? ":" : typed_.rest + ",";
        const bool pairs = typed_.rest.find('{') != 1;
        fail(fmt::format("plugin {} needs the option \"{}\"", manifest_.name, name),
             pairs ? fmt::format("add it: {}", typed_.say(manifest_.name, more + name + "=VALUE"))
                   : see_all());
    }

    /// What was typed behind the name, with one key put right.
    std::string with(const std::string& key, const std::string& right) const {
        std::string rest = typed_.rest;
        for (const auto& [wrong, mended] : {std::pair{":" + key + "=", ":" + right + "="},
                                            std::pair{"," + key + "=", "," + right + "="},
                                            std::pair{"\"" + key + "\"", "\"" + right + "\""}}) {
            if (const auto at = rest.find(wrong); at != std::string::npos) {
                return rest.replace(at, wrong.size(), mended);
            }
        }
        return fmt::format(":{}=VALUE", right);
    }

    const Manifest& manifest_;
    const Typed& typed_;
};

}  // namespace

void check_options(const Json& options, const Manifest& manifest, const Typed& typed) {
    Json schema = parse_json(manifest.options, "the manifest's options");
    schema["type"] = "object";
    Checker{manifest, typed}.check(options, schema, "");
}

}  // namespace batch
