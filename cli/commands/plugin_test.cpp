#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/table.hpp"
#include "cli/plugins.hpp"
#include "cli/report.hpp"
#include "core/base/text.hpp"
#include "core/plugin/conformance.hpp"
#include "core/plugin/options.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl plugin test NAME|PATH[:K=V,...]

Whether a plugin keeps to the protocol: handshake, split and huge frames, junk
on stdout, cancel, end of input, TERM, invalid UTF-8, full pipes.
Exit 0: all checks passed, 1: not.

Example:
  batchctl plugin test ./shout:column=name

see batchctl-plugin(1), batch-plugin(7)
)";

constexpr std::array<std::string_view, 3> words{"ok", "fail", "not_run"};

void print(Context& context, const ConformanceCheck& check) {
    if (context.globals().json) {
        put(dump({{"v", 1},
                  {"check", check.name},
                  {"result", words.at(static_cast<std::size_t>(check.result))},
                  {"message", check.message},
                  {"mend", check.mend.empty() ? Json(nullptr) : Json(check.mend)}}) +
            "\n");
        return;
    }
    if (check.result == CheckResult::not_run ||
        (context.globals().quiet && check.result == CheckResult::ok)) {
        return;
    }
    put(fmt::format("{:<5} {:<13} {}\n", check.result == CheckResult::ok ? "ok" : "FAIL",
                    check.name, printable(check.message)));
    if (!check.mend.empty()) {
        put(fmt::format("      {:<13} {}\n", "mend", check.mend));
    }
    flush_out();
}

int run(const std::string& text, Context& context) {
    Typed typed{.flag = "batchctl plugin test"};
    const PluginArgument argument = parse_plugin_argument(text, typed);
    typed.name = argument.name;
    Plugins plugins(context);
    const Plugins::Found& plugin = plugins.find(argument.name, typed);
    ConformanceTask task{.launch = {.program = plugin.path, .jailed = plugin.jailed}};
    task.options = [&](const Manifest& manifest) {
        return dump(options_of(argument, manifest, typed));
    };
    const auto checks =
        check_conformance(task, [&](const ConformanceCheck& check) { print(context, check); });
    const auto count = [&checks](CheckResult result) {
        return std::ranges::count(checks, result, &ConformanceCheck::result);
    };
    const auto failed = count(CheckResult::fail);
    if (!context.globals().json) {
        const std::string rest =
            failed == 0 && count(CheckResult::not_run) == 0
                ? std::string()
                : fmt::format(", {} failed, {} not run", failed, count(CheckResult::not_run));
        say(fmt::format("{} of {} checks passed{}", count(CheckResult::ok), checks.size(), rest));
    }
    return failed == 0 ? 0 : 1;
}

Action setup(Arguments& arguments) {
    auto text = std::make_shared<std::string>();
    arguments.option("PLUGIN", *text, "NAME or PATH, with options: ./shout:column=name").required();
    return [text](Context& context) { return run(*text, context); };
}

}  // namespace

extern const Command plugin_test_command;
constinit const Command plugin_test_command{.name = "plugin test",
                                            .summary = "Check that a plugin keeps to the protocol.",
                                            .help = help,
                                            .setup = setup};

}  // namespace batch::cli
