#include "cli/globals.hpp"

#include "core/base/text.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace batch::cli {
namespace {

Color color_of(const std::string& word) {
    return word == "always" ? Color::always : word == "never" ? Color::never : Color::automatic;
}

}  // namespace

void add_globals(CLI::App& app, Globals& globals) {
    const auto group = "Every command";
    app.add_flag("--json", globals.json, "One JSON object per line")->group(group);
    app.add_option("--format", globals.format, "table, ndjson, json, csv or text")
        ->check(CLI::IsMember({"table", "ndjson", "json", "csv", "text"}))
        ->option_text("F")
        ->group(group);
    app.add_option("--fields", globals.fields, "Only these, in this order")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->option_text("A,B")
        ->group(group);
    app.add_flag("--no-header", globals.no_header, "Tables without their first line")->group(group);
    app.add_flag("--utc", globals.utc, "Times in UTC")->group(group);
    app.add_option("--state", globals.state, "State file")->option_text("PATH")->group(group);
    app.add_option("--config", globals.config, "Configuration file, instead of all others")
        ->option_text("FILE")
        ->group(group);
    app.add_flag("--system", globals.system, "The service's state file")->group(group);
    app.add_option_function<std::string>(
           "--color", [&globals](const std::string& word) { globals.color = color_of(word); },
           "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->option_text("WHEN")
        ->group(group);
    app.add_flag("--no-pager", globals.no_pager, "Never start a pager")->group(group);
    app.add_flag("-q,--quiet", globals.quiet, "No notes, no progress")->group(group);
    app.add_flag("-v,--verbose", globals.verbose, "More about what happens")->group(group);
    app.add_flag("--no-input", globals.no_input, "Never ask")->group(group);
    app.add_flag("-y,--yes", globals.yes, "Do not ask, do it")->group(group);
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
