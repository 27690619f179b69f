#include "cli/overview.hpp"

#include "cli/arguments.hpp"
#include "cli/output/out.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <string>

namespace batch::cli {
namespace {

constexpr auto overview = R"(Do one piece of work for every row of a table, and lose no row.

Usage: batchctl COMMAND [OPTIONS]

Work     run        submit rows, work them off, exit with the verdict
         submit     store a batch, print its id
         wait       wait for batches, exit with the verdict
         watch      show batches live
Look     status     list batches, or show one
         items      where each item stands
         results    what came out, in input order
         logs       what plugins and commands wrote
Steer    pause  resume  cancel  retry  rm  prune
Things   template  plugin  queue  auth  config
Help     doctor     find what is wrong and how to mend it
         completion  version  help

BATCH is an id, a unique beginning or ending of one, @last or key=KEY.
Its items, counted from 0: BATCH:17  BATCH:5-9  BATCH:1,3

Examples:
  batchctl run students.csv -t card.html --to pdf -d ./cards -o '{name}'
  batchctl run urls.txt -j 8 --retries 3 -- curl -sSfO {}
  batchctl retry @last --item-timeout 2m --wait

Every command: --json --fields A,B --state PATH --config FILE --system
               --color WHEN -q -v --no-input -y -h --help-all
Exit codes: batchctl help exit-codes          Manual: man batchctl
)";

std::string names_of(const Argument& argument) {
    return argument.is_operand()    ? argument.value
           : argument.takes_value() ? join(argument.names, ", ") + " " + argument.value
                                    : join(argument.names, ", ");
}

void print_options(const Arguments& arguments) {
    std::string group;
    for (const Argument* const argument : arguments.all()) {
        if (argument->group != group) {
            group = argument->group;
            put(fmt::format("\n{}\n", group));
        }
        put(fmt::format("  {:<30} {}\n", names_of(*argument), argument->summary));
    }
}

}  // namespace

void print_overview() {
    put(overview);
}

void print_overview(const Arguments& arguments) {
    print_overview();
    print_options(arguments);
}

void print_help(const Command& command) {
    put(fmt::format("{}\n\n{}", command.summary, command.help));
}

bool print_verbs(const std::string& noun) {
    std::string text;
    for (const Command* const each : commands()) {
        if (std::string_view(each->name).starts_with(noun + " ")) {
            text += fmt::format("  batchctl {:<18} {}\n", each->name, each->summary);
        }
    }
    if (text.empty()) {
        return false;
    }
    put(fmt::format("Usage: batchctl {} VERB [OPTIONS]\n\n{}\nsee batchctl-{}(1)\n", noun, text,
                    noun));
    return true;
}

void print_all_options(const Command& command, const Arguments& arguments) {
    print_help(command);
    print_options(arguments);
}

}  // namespace batch::cli
