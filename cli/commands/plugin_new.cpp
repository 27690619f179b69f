#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/os/file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>

#include "example_plugin.hpp"

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl plugin new FILE

Writes the example of batch-plugin(7), a whole plugin in Python, to begin from.

Example:
  batchctl plugin new ./shout && batchctl plugin test ./shout:column=name

see batchctl-plugin(1), batch-plugin(7)
)";

int run(const std::string& file) {
    if (std::filesystem::exists(file)) {
        throw Error(ErrorKind::conflict, file + " is there already", "choose another name");
    }
    constexpr mode_t executable = 0755;
    atomic_write(file, example_plugin, executable);
    say(fmt::format("wrote {}; try it: batchctl plugin test {}:column=name", file,
                    file.find('/') == std::string::npos ? "./" + file : file));
    return 0;
}

Action setup(CLI::App& app) {
    auto file = std::make_shared<std::string>();
    app.add_option("FILE", *file, "Where it is written")->required();
    return [file](Context&) { return run(*file); };
}

}  // namespace

extern const Command plugin_new_command;
constinit const Command plugin_new_command{
    .name = "plugin new", .summary = "Write a plugin to begin from.", .help = help, .setup = setup};

}  // namespace batch::cli
