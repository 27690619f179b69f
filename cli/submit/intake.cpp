#include "cli/submit/intake.hpp"

#include "cli/output/table.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t rows_between_looks = 1000;
constexpr std::uint64_t bytes_beside = 24;  // what the state file has for each row, about
constexpr auto first_progress = 1s;
constexpr auto progress_every = 100ms;

/// What is done with the rows.  How often, how many at once and by which version of a plugin does
/// not make it another work.
std::string content_of(const Plan& plan) {
    Json content{{"output_name", plan.output_name},
                 {"on_collision", static_cast<int>(plan.on_collision)},
                 {"deliver", plan.deliver}};
    for (const Step& step : plan.steps) {
        content["steps"].push_back({step.plugin, step.options,
                                    step.template_ref ? step.template_ref->sha256 : std::string()});
    }
    return dump(content) + "\n";
}

}  // namespace

Intake::Intake(Context& context, RowsInput& rows, const IntakeTask& task, Problems& problems)
    : context_(context),
      rows_(rows),
      task_(task),
      problems_(problems),
      checks_(task.rules, problems),
      begun_(BootClock::now()),
      shown_(begun_ + first_progress) {
    if (task.digest) {
        digest_.update(content_of(task.rules.plan));
    }
    if (task.names) {
        names_ = std::make_unique<NameList>();
    }
}

void Intake::look_at_signals() {
    if (const auto number = task_.signals.read()) {
        clear_progress();
        throw Interrupted{*number};
    }
}

void Intake::show_progress() {
    const BootTime at = BootClock::now();
    if (at < shown_ || !context_.err_is_terminal() || context_.globals().quiet) {
        return;
    }
    shown_ = at + progress_every;
    line_open_ = true;
    const double seconds = std::chrono::duration<double>(at - begun_).count();
    put_err(fmt::format("\r\033[Kreading {}  {} rows  {}", printable(rows_.kind().file),
                        grouped(count_), rate_text(static_cast<double>(count_) / seconds)));
}

void Intake::clear_progress() {
    if (line_open_) {
        put_err("\r\033[K");
        line_open_ = false;
    }
}

void Intake::take(const Row& row, Draft* draft) {
    const int suffix = checks_.check(row, count_);
    if (task_.digest) {
        digest_.update(row.payload);
        digest_.update("\n");
    }
    if (count_ == 0) {
        first_ = row;
        first_suffix_ = suffix;
    }
    if (names_) {
        const bool by_index = task_.rules.plan.output_name.empty();
        names_->add(
            static_cast<std::int64_t>(row.line),
            by_index || !problems_.empty() ? "" : checks_.output_of(row, count_, 0, suffix));
    }
    bytes_ += row.payload.size() + bytes_beside;
    if (draft != nullptr && problems_.empty()) {
        draft->add({.payload = row.payload,
                    .line = static_cast<std::int64_t>(row.line),
                    .suffix = suffix});
    }
}

/// False after the last row; one that is wrong becomes a problem, and the next is read.
bool Intake::try_next(Row& row) {
    for (;;) {
        try {
            return rows_.next(row);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::bad_input) {
                throw;
            }
            problems_.add(error);
            if (!rows_.can_continue()) {
                return false;
            }
            ++count_;
        }
    }
}

void Intake::read(Draft* draft) {
    try {
        for (Row row; try_next(row); ++count_) {
            take(row, draft);
            if (count_ % rows_between_looks == 0) {
                look_at_signals();
                show_progress();
            }
        }
    } catch (const Interrupted&) {
        clear_progress();
        throw;
    }
    clear_progress();
    checks_.finish(count_);
    problems_.throw_if_any();
    check_count();
}

void Intake::check_count() const {
    if (count_ == 0 && !task_.allow_empty) {
        throw Error(ErrorKind::bad_input,
                    rows_.name().empty() ? "there are no items; nothing was stored"
                                         : rows_.kind().file + " has no rows; nothing was stored",
                    "if that is fine: --allow-empty");
    }
}

std::string Intake::name_of_first() const {
    return checks_.output_of(first_, 0, count_, first_suffix_);
}

std::uint64_t Intake::bytes_needed() const {
    const auto part = rows_.part_read();
    return part ? static_cast<std::uint64_t>(static_cast<double>(bytes_) / *part) : 0;
}

void Intake::print_names() {
    std::int64_t index = 0;
    names_->for_each([&](std::int64_t line, const std::string& name) {
        const Row nothing{.payload = "null"};
        const std::string shown =
            name.empty() ? checks_.output_of(nothing, index, count_, 0) : name;
        return put(dump({{"v", 1},
                         {"index", index++},
                         {"line", line == 0 ? Json(nullptr) : Json(line)},
                         {"output", shown}}) +
                   "\n");
    });
}

Millis Intake::elapsed() const {
    return std::chrono::duration_cast<Millis>(BootClock::now() - begun_);
}

}  // namespace batch::cli
