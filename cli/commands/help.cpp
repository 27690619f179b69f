#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/output/table.hpp"
#include "cli/overview.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <memory>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl help [COMMAND|exit-codes|placeholders]

Without an operand: the commands.

Examples:
  batchctl help submit
  batchctl help exit-codes

see batchctl-help(1)
)";

constexpr auto exit_codes = R"(  0  success: stored; the batch is done; nothing to list
  1  the batch finished with failed items, or the operation failed
  2  usage, configuration or bad input; nothing was stored
  3  not found: batch, item, template, plugin, file of rows
  4  not permitted, or a login is needed
  5  temporarily unavailable, safe to try again
  7  the state file cannot be used: full disk, corrupt, newer, locked for 5 s
  8  not finished: --timeout passed, batchd paused the batch for a person, or
     cancelled items did not stop in time
  9  conflict: key with other content, a second batchd, rm of a running batch,
     retry of a done item
 10  the batch was aborted
130  interrupted (Ctrl-C), 143 terminated; the batch goes on, unless
     --on-interrupt cancel

wait for several batches: 8 if one is not finished, else 10, else 1, else 0.
Codes may be added; a script treats one it does not know as failure.
)";

constexpr auto placeholders = R"(In COMMAND, --output-name and the options of steps:

  {column}     a column of the row, {First name} too; {user.email} reaches in
  {}           the item: a row as JSON, a line or an argument as its text
  {value}      a line or an argument
  {@index}     number of the item, from 0
  {@line}      its line in the file of rows
  {@file}      the file that the step before made
  {@out}       folder for the files of this item
  {@batch}     id of the batch
  {@key}       idempotency key of the item

After a colon:
  {path:stem}  name without folder and extension     a/b.txt -> b
  {path:base}  name without folder                   a/b.txt -> b.txt
  {path:dir}   folder                                a/b.txt -> a
  {name:slug}  letters, digits, dashes               Ada L. -> ada-l
  {@index:04}  with zeros                            7 -> 0007
  {:stem}      of the item itself

\{ is a brace.  Braces around what is no name are left alone: { print $1 }.
A number is written as JSON, null as nothing, an object or list as JSON.
Inside a template file the template's own language rules: {{ column }}.
)";

[[noreturn]] void throw_unknown(const std::string& word) {
    std::vector<std::string> names{"exit-codes", "placeholders"};
    for (const Command* const each : commands()) {
        names.emplace_back(each->name);
    }
    const auto near = closest(word, names);
    throw Error(ErrorKind::usage, fmt::format("there is no help on \"{}\"", word),
                near ? "did you mean: batchctl help " + *near : "see what there is: batchctl help");
}

int run(const std::vector<std::string>& words) {
    const std::string word = join(words, " ");
    if (word.empty()) {
        print_overview();
    } else if (word == "exit-codes") {
        put(exit_codes);
    } else if (word == "placeholders") {
        put(placeholders);
    } else if (const Command* const command = find_command(word)) {
        print_help(*command);
    } else if (!print_verbs(word)) {
        throw_unknown(word);
    }
    return 0;
}

Action setup(Arguments& arguments) {
    auto words = std::make_shared<std::vector<std::string>>();
    arguments.option("COMMAND", *words, "A command, exit-codes or placeholders");
    return [words](Context&) { return run(*words); };
}

}  // namespace

extern const Command help_command;
constinit const Command help_command{
    .name = "help",
    .summary = "Explain a command, the exit codes or the placeholders.",
    .help = help,
    .setup = setup};

}  // namespace batch::cli
