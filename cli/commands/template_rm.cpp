#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/report.hpp"
#include "cli/templates/templates.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl template rm NAME[@VERSION]

Removes a stored template, all of its versions unless one is named. Batches
that use it keep their text.

see batchctl-template(1)
)";

int run(const std::string& name, Context& context) {
    find_stored_template(context, name);  // throws if it is not there
    const TemplateName named = parse_template_name(name);
    if (!context.confirm(fmt::format("Remove template {}?", name), "this removes template " + name,
                         fmt::format("batchctl template rm {} --yes", name))) {
        return 1;
    }
    const int count = context.store().submitting().remove_template(named.name, named.version);
    say(fmt::format("removed {} of {}", plural(count, "version"), named.name));
    return 0;
}

Action setup(Arguments& arguments) {
    auto name = std::make_shared<std::string>();
    arguments.option("NAME", *name, "NAME, or NAME@VERSION").required();
    return [name](Context& context) { return run(*name, context); };
}

}  // namespace

extern const Command template_rm_command;
constinit const Command template_rm_command{
    .name = "template rm", .summary = "Remove a stored template.", .help = help, .setup = setup};

}  // namespace batch::cli
