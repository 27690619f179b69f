#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "cli/templates/templates.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl template show NAME[@VERSION]

The text of a stored template, the newest version unless one is named.

see batchctl-template(1)
)";

int run(const std::string& name, Context& context) {
    const StoredTemplate text = find_stored_template(context, name);
    if (context.globals().json) {
        put(dump({{"v", 1},
                  {"name", text.name},
                  {"version", text.version},
                  {"engine", text.engine},
                  {"sha256", text.sha256},
                  {"created_at", rfc3339(text.created_at)},
                  {"source", text.source}}) +
            "\n");
        return 0;
    }
    put(text.source);
    return 0;
}

Action setup(Arguments& arguments) {
    auto name = std::make_shared<std::string>();
    arguments.option("NAME", *name, "NAME, or NAME@VERSION").required();
    return [name](Context& context) { return run(*name, context); };
}

}  // namespace

extern const Command template_show_command;
constinit const Command template_show_command{
    .name = "template show", .summary = "Print a stored template.", .help = help, .setup = setup};

}  // namespace batch::cli
