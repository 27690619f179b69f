#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/plugins.hpp"
#include "cli/report.hpp"
#include "cli/templates/lint.hpp"
#include "cli/templates/templates.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

struct Options {
    std::string name;
    std::string file;
    std::string engine;
};

constexpr auto help = R"(Usage: batchctl template add NAME FILE [OPTIONS]

Checks the template and stores it as the next version of NAME; the same text
again keeps its version. Batches keep the version they were submitted with.

  --engine E       plugin that renders it (by the file's name)

Example:
  batchctl template add certificate certificate.html
  batchctl run students.csv -t certificate --to pdf

see batchctl-template(1)
)";

void check_name(const std::string& name) {
    if (name.empty() ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
        throw Error(ErrorKind::usage, fmt::format("\"{}\" is no name for a template", name),
                    "small letters, digits and dashes: batchctl template add certificate FILE");
    }
}

bool has_option(Context& context, const std::string& plugin, const char* option) {
    const Json schema = parse_json(Plugins(context).find(plugin).manifest.options, "the options");
    return schema.value("properties", Json::object()).contains(option);
}

int run(const Options& options, Context& context) {
    check_name(options.name);
    StoredTemplate text = read_template_file(options.file, options.engine);
    look_through(context, text, options.file).throw_if_any();
    text.name = options.name;
    // The new name does not say what the text is, and so whether values are escaped.
    if (text.engine.find(':') == std::string::npos && has_option(context, text.engine, "to")) {
        text.engine += ":to=" + type_of_template(options.file);
    }
    const int version = context.store().submitting().add_template(text);
    say(fmt::format("stored {}@{}", options.name, version));
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("NAME", options->name, "Name: small letters, digits, dashes").required();
    arguments.option("FILE", options->file, "File with the template").required();
    arguments.option("--engine E", options->engine, "Plugin that renders it (by the file's name)");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command template_add_command;
constinit const Command template_add_command{.name = "template add",
                                             .summary = "Store a template under a name.",
                                             .help = help,
                                             .setup = setup,
                                             .makes_state = true};

}  // namespace batch::cli
