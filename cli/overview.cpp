#include "cli/overview.hpp"

#include "cli/output/out.hpp"

#include <CLI/CLI.hpp>
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
Things   template  plugin  config
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

std::string names_of(const CLI::Option& option) {
    std::string names;
    for (const std::string& each : option.get_snames()) {
        names += "-" + each + ", ";
    }
    for (const std::string& each : option.get_lnames()) {
        names += "--" + each + ", ";
    }
    if (names.empty()) {
        return option.get_name();
    }
    names.resize(names.size() - 2);
    return option.get_items_expected_max() > 0 ? names + " " + option.get_option_text() : names;
}

void print_options(const CLI::App& app) {
    std::string group;
    for (const CLI::Option* const option : app.get_options()) {
        if (option->get_group().empty()) {
            continue;
        }
        if (option->get_group() != group) {
            group = option->get_group();
            put(fmt::format("\n{}\n", group));
        }
        put(fmt::format("  {:<30} {}\n", names_of(*option), option->get_description()));
    }
}

}  // namespace

void print_overview() {
    put(overview);
}

void print_overview(const CLI::App& app) {
    print_overview();
    print_options(app);
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

void print_all_options(const Command& command, const CLI::App& app) {
    print_help(command);
    print_options(app);
}

}  // namespace batch::cli
