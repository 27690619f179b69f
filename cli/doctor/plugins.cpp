#include "cli/plugins.hpp"

#include "cli/doctor/checks.hpp"
#include "cli/templates/lint.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/program.hpp"
#include "core/plugin/jail.hpp"
#include "core/plugin/options.hpp"
#include "core/plugin/session.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace batch::cli {
namespace {

/// One that wants options cannot be started without a batch.
bool starts_without_options(const Manifest& manifest) {
    const Json schema = parse_json(manifest.options, "the options");
    return schema.value("required", Json::array()).empty();
}

/// Starts it as batchd would: then it looks itself for what it needs.
void try_plugin(const Plugins::Found& plugin, Jail jail) {
    const TemplateText nothing{.name = "doctor.txt", .sha256 = "0", .source = ""};
    Session session =
        Session::start({.program = plugin.path, .jailed = plugin.jailed},
                       {.template_text = plugin.manifest.lint ? nothing : TemplateText{},
                        .jailed = jail == Jail::required});
    session.close();
}

void check_plugin(Context& context, Plugins& plugins, const InstalledPlugin& installed,
                  const Tell& tell) {
    try {
        const Plugins::Found& plugin = plugins.find(installed.name);
        if (starts_without_options(plugin.manifest)) {
            try_plugin(plugin, context.settings().plugins.jail);
        }
        tell({"plugin", Health::ok, fmt::format("{} {}", installed.name, plugin.manifest.version),
              ""});
    } catch (const Error& error) {
        const std::string mend = error.hint().empty() || error.hint().ends_with("batchctl doctor")
                                     ? "batchctl plugin test " + installed.name
                                     : error.hint();
        tell({"plugin", Health::fail, error.what(), mend});
    }
}

}  // namespace

void check_jail(Context& context, const Tell& tell) {
    if (context.settings().plugins.jail == Jail::off) {
        tell({"jail", Health::warn,
              "off: templates and pages are rendered with your rights and the network",
              "take it out of the configuration: plugins.jail = \"off\""});
    } else if (const auto problem = jail_problem()) {
        const char* const path = std::getenv("PATH");
        const bool is_there = find_program("bwrap", path == nullptr ? "" : path).has_value();
        tell({"jail", Health::fail, *problem,
              is_there ? "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1"
                       : "apt install bubblewrap"});
    } else {
        tell({"jail", Health::ok, "bubblewrap works", ""});
    }
}

void check_plugins(Context& context, const Tell& tell) {
    Plugins plugins(context);
    const auto installed = plugins.catalogue().list();
    for (const InstalledPlugin& each : installed) {
        check_plugin(context, plugins, each, tell);
    }
    if (installed.empty()) {
        tell({"plugin", Health::fail, "there is none, not even those that belong to batchctl",
              "install batchctl again"});
    }
}

void check_templates(Context& context, const Tell& tell) {
    Store* const store = state_to_look_at(context);
    if (store == nullptr) {
        return;
    }
    Reading& reading = store->reading();
    std::string last;
    for (const StoredTemplate& each : reading.templates()) {
        if (each.name == last) {
            continue;
        }
        last = each.name;
        const auto newest = reading.find_template(each.name, std::nullopt);
        try {
            if (newest) {
                look_through(context, *newest, each.name).throw_if_any();
            }
        } catch (const Error& error) {
            tell({"template", Health::fail,
                  fmt::format(
                      "{}: {}", each.name,
                      error.details().empty() ? error.what() : error.details().front().what()),
                  fmt::format("store it mended: batchctl template add {} FILE", each.name)});
        }
    }
}

}  // namespace batch::cli
