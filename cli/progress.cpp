#include "cli/progress.hpp"

#include "cli/report.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <unistd.h>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto rate_window = 5s;
constexpr auto shortest_window = 300ms;  // a rate of less time is noise
constexpr auto plain_every = 10s;
constexpr auto too_short_for_a_line = 5s;
constexpr std::size_t most_bars = 12;
constexpr std::size_t shortest_name = 8;

/// Cells of the bar, and which of the texts behind it stand.
struct Layout {
    std::size_t cells = 0;
    bool failed = false;
    bool rate = false;
    bool left = false;
};

constexpr std::array layouts{
    Layout{24, true, true, true},   Layout{12, true, true, true},  Layout{12, true, true, false},
    Layout{12, true, false, false}, Layout{0, true, false, false}, Layout{0, false, false, false},
};

std::string bar(const Standing& standing, std::size_t cells) {
    const double part = standing.total == 0 ? 1
                                            : static_cast<double>(standing.finished) /
                                                  static_cast<double>(standing.total);
    auto full = static_cast<std::size_t>(std::lround(part * static_cast<double>(cells)));
    if (full == cells && standing.finished < standing.total) {
        --full;
    }
    return fmt::format("  [{}{}]", std::string(full, '#'), std::string(cells - full, '-'));
}

std::string behind_name(const Standing& standing, const Layout& layout) {
    std::string text = layout.cells > 0 ? bar(standing, layout.cells) : "";
    text += fmt::format("  {}/{}", grouped(standing.finished), grouped(standing.total));
    if (layout.failed && standing.failed > 0) {
        text += fmt::format("  {} failed", grouped(standing.failed));
    }
    if (layout.rate && !standing.reason.empty()) {
        return text + "  " + standing.reason;
    }
    if (layout.rate && standing.rate) {
        text += "  " + rate_text(*standing.rate);
    }
    if (const auto left = left_of(standing); layout.left && left) {
        text += fmt::format("  about {} left", left_text(*left));
    }
    return text;
}

}  // namespace

bool is_dumb_terminal() {
    const char* const term = std::getenv("TERM");
    return term != nullptr && std::string_view(term) == "dumb";
}

std::int64_t percent_of(std::int64_t finished, std::int64_t total) {
    if (finished >= total) {
        return 100;
    }
    return std::min<std::int64_t>(99, (finished * 200 + total) / (2 * total));
}

std::string left_text(Millis left) {
    return coarse(std::max(1s, std::chrono::ceil<std::chrono::seconds>(left)));
}

std::string rate_text(double per_second) {
    if (per_second < 0.095) {
        return fmt::format("{:.0f}/min", per_second * 60);
    }
    if (per_second < 0.95) {
        return fmt::format("{:.1f}/s", per_second);
    }
    if (per_second < 999.5) {
        return fmt::format("{:.0f}/s", per_second);
    }
    const double thousands = per_second / 1000;
    return thousands < 9.95 ? fmt::format("{:.1f}k/s", thousands)
                            : fmt::format("{:.0f}k/s", thousands);
}

std::optional<Millis> left_of(const Standing& standing) {
    const auto open = standing.total - standing.finished;
    if (!standing.rate || *standing.rate <= 0 || open == 0 || !standing.reason.empty()) {
        return std::nullopt;
    }
    return Millis(std::llround(static_cast<double>(open) * 1000 / *standing.rate));
}

std::string bar_line(const Standing& standing, std::size_t width) {
    const std::string name = printable(standing.name);
    std::string rest;
    for (const Layout& layout : layouts) {
        rest = behind_name(standing, layout);
        if (display_width(name) + display_width(rest) <= width) {
            return name + rest;
        }
    }
    const std::size_t room = width - std::min(width, display_width(rest));
    return clipped(clipped(name, std::max(room, shortest_name)) + rest, width);
}

std::string plain_line(const Standing& standing) {
    std::string line =
        fmt::format("batchctl: {} of {} ({} %)", grouped(standing.finished),
                    grouped(standing.total), percent_of(standing.finished, standing.total));
    if (standing.failed > 0) {
        line += fmt::format(", {} failed", grouped(standing.failed));
    }
    if (!standing.reason.empty()) {
        return line + ": " + standing.reason;
    }
    if (standing.rate) {
        line += ", " + rate_text(*standing.rate);
    }
    if (const auto left = left_of(standing)) {
        line += fmt::format(", about {} left", left_text(*left));
    }
    return line;
}

void RecentRate::add(BootTime at, std::int64_t finished) {
    if (!samples_.empty() && finished < samples_.back().finished) {
        samples_.clear();  // a retry took items back
    }
    samples_.push_back({at, finished});
    while (samples_.size() > 2 && samples_[1].at + rate_window <= at) {
        samples_.pop_front();
    }
}

std::optional<double> RecentRate::value() const {
    if (samples_.size() < 2) {
        return std::nullopt;
    }
    const auto time = samples_.back().at - samples_.front().at;
    const auto finished = samples_.back().finished - samples_.front().finished;
    if (time < shortest_window || finished == 0) {
        return std::nullopt;
    }
    return static_cast<double>(finished) / std::chrono::duration<double>(time).count();
}

bool PlainPace::is_due(const Standing& standing, BootTime at) {
    const auto tenth = standing.total == 0 ? 0 : standing.finished * 10 / standing.total;
    const bool reached = tenth > tenth_ && left_of(standing).value_or(0s) >= too_short_for_a_line;
    if (!reached && at - last_ < plain_every) {
        return false;
    }
    tenth_ = tenth;
    last_ = at;
    return true;
}

Progress::Progress(Context& context) {
    if (context.globals().quiet) {
        return;
    }
    if (context.err_is_terminal() && !is_dumb_terminal()) {
        form_ = Form::bars;
    } else if (!context.globals().json) {
        form_ = Form::plain;
    }
}

Progress::~Progress() {
    clear();
}

Standing Progress::standing_of(const Batch& batch, const Why& why, BootTime at) {
    Track& track = tracks_.try_emplace(batch.no, Track{{}, PlainPace(at)}).first->second;
    track.rate.add(at, batch.counts.finished());
    Standing standing{.name = batch.name,
                      .total = batch.counts.total,
                      .finished = batch.counts.finished(),
                      .failed = batch.counts.failed,
                      .rate = track.rate.value()};
    if (!standing.rate && !is_final(batch.status)) {
        const auto reason = why(batch);
        standing.reason = reason ? reason->message : "";
    }
    return standing;
}

void Progress::show(const std::vector<Batch>& batches, const Why& why) {
    if (form_ == Form::none) {
        return;
    }
    const BootTime at = BootClock::now();
    std::vector<Standing> standings;
    for (const Batch& batch : batches) {
        standings.push_back(standing_of(batch, why, at));
        if (form_ == Form::plain && !is_final(batch.status) &&
            tracks_.at(batch.no).pace.is_due(standings.back(), at)) {
            say(plain_line(standings.back()));
        }
    }
    if (form_ == Form::bars) {
        draw(standings);
    }
}

void Progress::draw(const std::vector<Standing>& standings) {
    // A line that fills the last column may wrap.
    const auto width = static_cast<std::size_t>(std::max(2, terminal_width(STDERR_FILENO))) - 1;
    std::string text = lines_ > 1 ? fmt::format("\r\x1b[{}A", lines_ - 1) : "\r";
    text += "\x1b[J";
    lines_ = std::min(standings.size(), most_bars);
    for (std::size_t i = 0; i < lines_; ++i) {
        text += (i == 0 ? "" : "\n") + bar_line(standings[i], width);
    }
    put_err(text);
}

void Progress::clear() {
    if (lines_ == 0) {
        return;
    }
    put_err((lines_ > 1 ? fmt::format("\r\x1b[{}A", lines_ - 1) : "\r") + "\x1b[J");
    lines_ = 0;
}

}  // namespace batch::cli
