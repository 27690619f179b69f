#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"
#include "core/plugin/manifest.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "example_plugin.hpp"

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl plugin new FILE

Writes the example of batch-plugin(7), a whole plugin in Python, to begin from.

Example:
  batchctl plugin new ./shout && batchctl plugin test ./shout:column=name

see batchctl-plugin(1), batch-plugin(7)
)";

/// A plugin is called as its file is.
std::string example_called(const std::string& name) {
    if (!is_plugin_name(name)) {
        throw Error(
            ErrorKind::usage,
            fmt::format("\"{}\" is no name for a plugin: small letters, digits, - and _", name),
            "such as: batchctl plugin new ./shout");
    }
    constexpr std::string_view in_example = "\"shout\"";
    std::string text(example_plugin);
    return text.replace(text.find(in_example), in_example.size(), "\"" + name + "\"");
}

int run(const std::string& file) {
    const std::string path = file.find('/') == std::string::npos ? "./" + file : file;
    const std::string text = example_called(std::filesystem::path(file).filename().string());
    if (std::filesystem::exists(file)) {
        throw Error(ErrorKind::conflict, file + " is there already",
                    "write it under another name: batchctl plugin new " + shell_word(path + "-2"));
    }
    constexpr mode_t executable = 0755;
    atomic_write(file, text, executable);
    say(fmt::format("wrote {}; try it: batchctl plugin test {}:column=name", file,
                    shell_word(path)));
    return 0;
}

Action setup(Arguments& arguments) {
    auto file = std::make_shared<std::string>();
    arguments.option("FILE", *file, "Where it is written").required();
    return [file](Context&) { return run(*file); };
}

}  // namespace

extern const Command plugin_new_command;
constinit const Command plugin_new_command{
    .name = "plugin new", .summary = "Write a plugin to begin from.", .help = help, .setup = setup};

}  // namespace batch::cli
