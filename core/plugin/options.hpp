#pragma once

#include "core/base/json.hpp"
#include "core/plugin/manifest.hpp"
#include "core/plugin/typed.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch {

/// A plugin as it is named on the command line and in job files:
/// NAME, NAME:key=value,key="a, b" or NAME:{json}.
struct PluginArgument {
    /// A value as typed.  A quoted one is a text, whatever it looks like.
    struct Value {
        std::string key = {};
        std::string text = {};
        bool quoted = false;
    };

    std::string name;
    std::string rest;  ///< everything behind the name, with its colon; may be empty
    std::vector<Value> values;
    std::string json;  ///< of the {json} form; else empty
};

/// Throws Error{usage} where the form is broken; `typed.rest` need not be filled.
PluginArgument parse_plugin_argument(std::string_view text, const Typed& typed = {});

/// The options of the argument, each of the type that the manifest wants, and checked: Error{usage}
/// names the option and what it may be.  Defaults are not filled in.
Json options_of(const PluginArgument& argument, const Manifest& manifest, const Typed& typed = {});

/// Checks options against the manifest's schema: type, properties, required,
/// additionalProperties, items, enum, minimum, maximum.  Throws Error{usage} for the first problem.
void check_options(const Json& options, const Manifest& manifest, const Typed& typed = {});

}  // namespace batch
