#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "cli/plugins.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl plugin show NAME

What a plugin takes and makes, and its options.

Example:
  batchctl plugin show chromium

see batchctl-plugin(1)
)";

std::string type_of(const Json& property) {
    if (const auto values = property.find("enum"); values != property.end()) {
        std::vector<std::string> words;
        for (const Json& each : *values) {
            words.push_back(exact_cell(each));
        }
        return join(words, "|");
    }
    return property.contains("type") ? exact_cell(property["type"]) : "any";
}

void print_options(const Json& schema) {
    const Json required = schema.value("required", Json::array());
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, property] : properties.items()) {
        std::string line = fmt::format("  {:<16} {:<24} {}", name, type_of(property),
                                       property.value("description", ""));
        if (property.contains("default")) {
            line += fmt::format(" ({})", exact_cell(property["default"]));
        }
        if (std::ranges::find(required, Json(name)) != required.end()) {
            line += " - required";
        }
        put(line + "\n");
    }
}

int run(const std::string& name, Context& context) {
    Plugins plugins(context);
    const auto& [program, manifest, jailed] = plugins.find(name, {.flag = "batchctl plugin show"});
    if (context.globals().json) {
        Json object{{"v", 1}, {"path", program.string()}};
        object.update(parse_json(to_json(manifest), "the manifest"));
        put(dump(object) + "\n");
        return 0;
    }
    put(fmt::format("{} {}: {}\n", manifest.name, manifest.version, manifest.summary));
    put(fmt::format("  found            {}\n", program.string()));
    put(fmt::format("  takes, makes     {} -> {}\n", join(manifest.in, ", "),
                    join(manifest.out, ", ")));
    put(fmt::format("  at once          {}\n", plural(manifest.concurrency, "item")));
    put(fmt::format("  jail             {}\n",
                    manifest.jail ? "yes: no network, no files of yours" : "not by batchd"));
    put("options\n");
    print_options(parse_json(manifest.options, "the options"));
    return 0;
}

Action setup(Arguments& arguments) {
    auto name = std::make_shared<std::string>();
    arguments.option("NAME", *name, "Plugin, or a path to one").required();
    return [name](Context& context) { return run(*name, context); };
}

}  // namespace

extern const Command plugin_show_command;
constinit const Command plugin_show_command{.name = "plugin show",
                                            .summary = "Show a plugin and its options.",
                                            .help = help,
                                            .setup = setup};

}  // namespace batch::cli
