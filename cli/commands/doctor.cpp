#include "cli/command.hpp"
#include "cli/doctor/checks.hpp"
#include "core/base/error.hpp"

#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl doctor [OPTIONS]

Looks at the configuration, the state file, the disk, batchd, the queue, the
jail, every plugin and what it needs, stored templates, logins and fonts. Each
finding is ok, warn or FAIL, with what to type to mend it. It changes nothing.

Exit 0: nothing is wrong (warnings are allowed), 1: something is.

Examples:
  batchctl doctor
  batchctl doctor --json | jq -r 'select(.result == "fail") | .mend'

see batchctl-doctor(1)
)";

using Check = void (*)(Context&, const Tell&);

void look(Findings& findings, const char* what, Check check, Context& context) {
    try {
        check(context, [&findings](const Finding& finding) { findings.tell(finding); });
    } catch (const Error& error) {
        findings.tell(what, error);
    }
}

/// Without a configuration nobody knows where the rest is.
bool look_at_config(Findings& findings, Context& context) {
    try {
        for (const std::string& warning : context.quiet_config().warnings) {
            findings.tell(
                {"config", Health::warn, warning, "see what is read: batchctl config paths"});
        }
        return true;
    } catch (const Error& error) {
        findings.tell("config", error);
        return false;
    }
}

int run(Context& context) {
    Findings findings(context, "doctor");
    context.only_look();
    if (look_at_config(findings, context)) {
        look(findings, "state", check_state, context);
        look(findings, "disk", check_disk, context);
        look(findings, "batchd", check_daemon, context);
        look(findings, "queue", check_queue, context);
        look(findings, "batch", check_batches, context);
        look(findings, "jail", check_jail, context);
        look(findings, "plugin", check_plugins, context);
        look(findings, "template", check_templates, context);
        look(findings, "login", check_logins, context);
        look(findings, "fonts", check_fonts, context);
    }
    findings.finish();
    return findings.problems() == 0 ? 0 : 1;
}

Action setup(Arguments&) {
    return run;
}

}  // namespace

extern const Command doctor_command;
constinit const Command doctor_command{.name = "doctor",
                                       .summary = "Find what is wrong and how to mend it.",
                                       .help = help,
                                       .setup = setup};

}  // namespace batch::cli
