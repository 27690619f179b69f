#include "cli/submit/dry_run.hpp"

#include "cli/output/panel.hpp"
#include "cli/output/table.hpp"
#include "cli/report.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

namespace batch::cli {
namespace {

void line(std::string_view label, const std::string& text) {
    put(fmt::format("{:<9} {}\n", label, printable(text)));
}

/// "3, 1s..1m apart, 10m each".
std::string tries_of(const RetryPolicy& retry) {
    const std::string each = exact(retry.item_timeout);
    return retry.retries == 0
               ? "1, " + each
               : fmt::format("{}, {}..{} apart, {} each", retry.retries + 1,
                             exact(retry.backoff_min), exact(retry.backoff_max), each);
}

}  // namespace

void print_dry_run(Context& context, const RowsInput& rows, const Plan& plan, Intake& intake) {
    if (context.globals().json) {
        intake.print_names();
        return;
    }
    const std::vector<std::string> columns = rows.columns();
    line("rows", fmt::format("{}: {}{}", rows.kind().file, plural(intake.count(), "item"),
                             columns.empty() ? "" : ", columns " + join(columns, ", ")));
    line("steps", steps_text(plan));
    line("tries", tries_of(plan.retry));
    if (intake.count() > 0) {
        line("item 0", intake.first_row().payload);
        line("output", intake.name_of_first());
    }
    note(intake.count() <= 1 ? std::string("nothing was stored")
                             : fmt::format("nothing was stored. All {} names: add --json",
                                           grouped(intake.count())));
}

}  // namespace batch::cli
