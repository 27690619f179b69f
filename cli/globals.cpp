#include "cli/globals.hpp"

#include "cli/arguments.hpp"
#include "core/base/text.hpp"

#include <string>

namespace batch::cli {
namespace {

Color color_of(const std::string& word) {
    return word == "always" ? Color::always : word == "never" ? Color::never : Color::automatic;
}

}  // namespace

void add_globals(Arguments& arguments, Globals& globals) {
    arguments.start_group("Every command");
    arguments.flag("--json", globals.json, "One JSON object per line");
    arguments.option("--format F", globals.format, "table, ndjson, json, csv or text")
        .choices({"table", "ndjson", "json", "csv", "text"});
    arguments.option("--fields A,B", globals.fields, "Only these, in this order").split_at_commas();
    arguments.flag("--no-header", globals.no_header, "Tables without their first line");
    arguments.flag("--utc", globals.utc, "Times in UTC");
    arguments.option("--state PATH", globals.state, "State file");
    arguments.option("--config FILE", globals.config, "Configuration file, instead of all others");
    arguments.flag("--system", globals.system, "The service's state file");
    arguments
        .option(
            "--color WHEN", [&globals](const std::string& word) { globals.color = color_of(word); },
            "auto, always or never")
        .choices({"auto", "always", "never"});
    arguments.flag("--no-pager", globals.no_pager, "Never start a pager");
    arguments.flag("-q,--quiet", globals.quiet, "No notes, no progress");
    arguments.flag("-v,--verbose", globals.verbose, "More about what happens");
    arguments.flag("--no-input", globals.no_input, "Never ask");
    arguments.flag("-y,--yes", globals.yes, "Do not ask, do it");
}

std::string state_options(const Globals& globals) {
    std::string options = globals.system ? " --system" : "";
    if (globals.state) {
        options += " --state " + shell_word(*globals.state);
    }
    if (globals.config) {
        options += " --config " + shell_word(*globals.config);
    }
    return options;
}

}  // namespace batch::cli
