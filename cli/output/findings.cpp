#include "cli/output/findings.hpp"

#include "cli/output/out.hpp"
#include "cli/report.hpp"
#include "core/base/place.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

constexpr std::array<const char*, 3> words{"ok", "warn", "fail"};

const char* word_of(Health health) {
    return words.at(static_cast<std::size_t>(health));
}

void print(const Finding& finding) {
    const char* const word = finding.health == Health::fail ? "FAIL" : word_of(finding.health);
    put(fmt::format("{:<4}  {:<7}  {}\n", word, finding.check, printable(finding.message)));
    if (!finding.mend.empty()) {
        put(fmt::format("      {:<7}  {}\n", "mend", printable(finding.mend)));
    }
}

Finding failure(const std::string& check, const Error& error) {
    const std::string where = error.place() ? place_text(*error.place()) + ": " : "";
    return {check, Health::fail, where + error.what(), error.hint()};
}

}  // namespace

Findings::Findings(Context& context, std::string_view kind)
    : context_(context),
      records_(context, kind,
               {{.field = "check"}, {.field = "result"}, {.field = "message"}, {.field = "mend"}},
               {"v", "check", "result", "message", "mend"}) {
    const Globals& globals = context.globals();
    as_records_ = globals.json || !globals.format.empty() || !globals.fields.empty();
}

void Findings::tell(const Finding& finding) {
    ++counts_.at(static_cast<std::size_t>(finding.health));
    if (as_records_) {
        records_.add({{"v", 1},
                      {"check", finding.check},
                      {"result", word_of(finding.health)},
                      {"message", finding.message},
                      {"mend", finding.mend.empty() ? Json(nullptr) : Json(finding.mend)}});
    } else if (finding.health != Health::ok || !context_.globals().quiet) {
        print(finding);
    }
    flush_out();
}

void Findings::tell(const std::string& check, const Error& error) {
    for (const Error& each : error.details()) {
        tell(failure(check, each));
    }
    if (error.details().empty()) {
        tell(failure(check, error));
    }
}

void Findings::finish() {
    if (as_records_) {
        records_.finish();
        return;
    }
    std::string text = problems() == 0 ? "no problems" : plural(problems(), "problem");
    if (count(Health::warn) > 0) {
        text += ", " + plural(count(Health::warn), "warning");
    }
    say(text);
}

}  // namespace batch::cli
