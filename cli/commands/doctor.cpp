#include "cli/command.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <utility>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl doctor [OPTIONS]

Looks at the configuration, the state file, the disk, batchd, the queue, the
jail, every plugin and what it needs, stored templates and fonts. Each finding
is ok, warn or FAIL, with what to type to mend it. It changes nothing.

Exit 0: nothing is wrong (warnings are allowed), 1: something is.

Examples:
  batchctl doctor
  batchctl doctor --json | jq -r 'select(.result == "fail") | .mend'

see batchctl-doctor(1)
)";

constexpr std::array<const char*, 3> words{"ok", "warn", "fail"};

/// Prints findings as they come, and counts them.
class Doctor {
public:
    explicit Doctor(Context& context) : context_(context) {}

    void look(const char* what, void (*check)(Context&, const Tell&)) {
        try {
            check(context_, [this](const Finding& finding) { tell(finding); });
        } catch (const Error& error) {
            tell(failure(what, error));
        }
    }

    void tell(const Finding& finding) {
        ++counts_.at(static_cast<std::size_t>(finding.health));
        if (context_.globals().json) {
            put(dump({{"v", 1},
                      {"check", finding.check},
                      {"result", words.at(static_cast<std::size_t>(finding.health))},
                      {"message", finding.message},
                      {"mend", finding.mend.empty() ? Json(nullptr) : Json(finding.mend)}}) +
                "\n");
        } else if (finding.health != Health::ok || !context_.globals().quiet) {
            print(finding);
        }
        std::fflush(stdout);
    }

    int finish() const {
        const auto [ok, warnings, problems] = counts_;
        if (!context_.globals().json) {
            std::string text = problems == 0 ? "no problems" : plural(problems, "problem");
            if (warnings > 0) {
                text += ", " + plural(warnings, "warning");
            }
            say(text);
        }
        return problems == 0 ? 0 : 1;
    }

private:
    static void print(const Finding& finding) {
        const char* const word = finding.health == Health::fail
                                     ? "FAIL"
                                     : words.at(static_cast<std::size_t>(finding.health));
        put(fmt::format("{:<4}  {:<7}  {}\n", word, finding.check, printable(finding.message)));
        if (!finding.mend.empty()) {
            put(fmt::format("      {:<7}  {}\n", "mend", printable(finding.mend)));
        }
    }

    Context& context_;
    std::array<std::int64_t, 3> counts_{};
};

int run(Context& context) {
    Doctor doctor(context);
    try {
        context.config();
    } catch (const Error& error) {
        // Without a configuration nobody knows where the rest is.
        for (const Error& each : error.details()) {
            doctor.tell(failure("config", each));
        }
        if (error.details().empty()) {
            doctor.tell(failure("config", error));
        }
        return doctor.finish();
    }
    for (const std::string& warning : context.config().warnings) {
        doctor.tell({"config", Health::warn, warning, "see what is read: batchctl config paths"});
    }
    doctor.look("state", check_state);
    doctor.look("disk", check_disk);
    doctor.look("batchd", check_daemon);
    doctor.look("queue", check_queue);
    doctor.look("batch", check_batches);
    doctor.look("jail", check_jail);
    doctor.look("plugin", check_plugins);
    doctor.look("template", check_templates);
    doctor.look("fonts", check_fonts);
    return doctor.finish();
}

Action setup(CLI::App&) {
    return run;
}

}  // namespace

extern const Command doctor_command;
constinit const Command doctor_command{.name = "doctor",
                                       .summary = "Find what is wrong and how to mend it.",
                                       .help = help,
                                       .setup = setup};

}  // namespace batch::cli
