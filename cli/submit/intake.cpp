#include "cli/submit/intake.hpp"

#include "cli/output/table.hpp"
#include "cli/progress.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t rows_between_looks = 1000;
constexpr auto first_progress = 1s;
constexpr auto progress_every = 100ms;

}  // namespace

Intake::Intake(Context& context, const SubmitOptions& options, const Plan& plan, RowsInput& rows,
               Problems& problems)
    : context_(context),
      options_(options),
      rows_(rows),
      problems_(problems),
      checks_(options, plan, plan.source, problems),
      signals_({SIGINT, SIGTERM}),
      begun_(BootClock::now()),
      shown_(begun_ + first_progress) {
    rows_.watch(signals_.poll_fd());
    digest_.update(to_json(plan));
}

void Intake::look_at_signals() {
    if (const auto number = signals_.read()) {
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
    fmt::print(stderr, "\r\033[Kreading {}  {} rows  {}", rows_.name(), grouped(count_),
               rate_text(static_cast<double>(count_) / seconds));
    std::fflush(stderr);
}

void Intake::take(const Row& row, Draft* draft) {
    const int suffix = checks_.check(row, count_);
    digest_.update(row.payload);
    digest_.update("\n");
    if (count_ == 0) {
        first_ = row;
        first_suffix_ = suffix;
    }
    if (draft == nullptr) {
        if (context_.globals().json) {
            kept_.push_back({row, suffix});
        }
    } else if (problems_.empty()) {
        draft->add({.payload = row.payload,
                    .line = static_cast<std::int64_t>(row.line),
                    .suffix = suffix});
    }
    ++count_;
}

void Intake::read(Draft* draft) {
    Row row;
    for (bool more = true; more;) {
        try {
            more = rows_.next(row);
            if (more) {
                take(row, draft);
            }
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::bad_input) {
                throw;
            }
            problems_.add(error);
            more = rows_.can_continue();
            ++count_;
        }
        if (count_ % rows_between_looks == 0) {
            look_at_signals();
            show_progress();
        }
    }
    if (line_open_) {
        fmt::print(stderr, "\r\033[K");
    }
    checks_.finish(count_);
    problems_.throw_if_any();
    if (count_ == 0 && !options_.allow_empty) {
        throw Error(ErrorKind::bad_input,
                    rows_.name().empty() ? "there are no items; nothing was stored"
                                         : rows_.name() + " has no rows; nothing was stored",
                    "if that is fine: --allow-empty");
    }
}

void Intake::read_into(Draft& draft) {
    read(&draft);
}

void Intake::check_only() {
    read(nullptr);
}

std::string Intake::digest() {
    return digest_.hex();
}

std::string Intake::name_of_first() const {
    return checks_.output_of(first_, 0, count_, first_suffix_);
}

void Intake::print_names() const {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
        const auto index = static_cast<std::int64_t>(i);
        const Named& each = kept_[i];
        put(dump({{"v", 1},
                  {"index", index},
                  {"line", each.row.line == 0 ? Json(nullptr) : Json(each.row.line)},
                  {"output", checks_.output_of(each.row, index, count_, each.suffix)}}) +
            "\n");
    }
}

Millis Intake::elapsed() const {
    return std::chrono::duration_cast<Millis>(BootClock::now() - begun_);
}

}  // namespace batch::cli
