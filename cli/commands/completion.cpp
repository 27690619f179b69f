#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/output/table.hpp"

#include <map>
#include <memory>

#include "completion_bash.hpp"
#include "completion_fish.hpp"
#include "completion_zsh.hpp"

namespace batch::cli {
namespace {

constexpr auto help = R"help(Usage: batchctl completion bash|zsh|fish

Prints the script that completes commands, options and batches in a shell.

  bash    in ~/.bashrc:  eval "$(batchctl completion bash)"
  zsh     in ~/.zshrc, after compinit:  eval "$(batchctl completion zsh)"
  fish    batchctl completion fish >~/.config/fish/completions/batchctl.fish

see batchctl-completion(1)
)help";

const std::map<std::string, std::string_view> scripts{
    {"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};

Action setup(Arguments& arguments) {
    auto shell = std::make_shared<std::string>();
    arguments.option("SHELL", *shell, "bash, zsh or fish")
        .required()
        .choices({"bash", "zsh", "fish"});
    return [shell](Context&) {
        put(scripts.at(*shell));
        return 0;
    };
}

}  // namespace

extern const Command completion_command;
constinit const Command completion_command{.name = "completion",
                                           .summary = "Print the completion script of a shell.",
                                           .help = help,
                                           .setup = setup};

}  // namespace batch::cli
