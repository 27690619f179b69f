#pragma once

#include "cli/display.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// What a line of progress tells about one batch.
struct Standing {
    std::string name;
    std::int64_t total = 0;
    std::int64_t finished = 0;
    std::int64_t failed = 0;
    std::optional<double> rate;  ///< items per second
    std::string reason;          ///< why nothing moves; empty if it does
};

/// "urls.csv  [######------------------]  1,240/5,000  3 failed  212/s  about 18s left", with less
/// of it where it would not fit.
std::string bar_line(const Standing& standing, std::size_t width);

/// "batchctl: 500 of 5,000 (10 %), 1 failed, 208/s, about 22s left"
std::string plain_line(const Standing& standing);

/// Rounded, but 100 only when nothing is left.
std::int64_t percent_of(std::int64_t finished, std::int64_t total);

/// "6/s", "1.1k/s", "0.4/s".
std::string rate_text(double per_second);

/// "18s", "12m": whole seconds, at least one, because what is left is a guess.
std::string left_text(Millis left);

/// What is left at that rate.
std::optional<Millis> left_of(const Standing& standing);

/// Whether the terminal cannot move its cursor.
bool is_dumb_terminal();

/// How fast a batch was in the last seconds.
class RecentRate {
public:
    void add(BootTime at, std::int64_t finished);
    std::optional<double> value() const;

private:
    struct Sample {
        BootTime at;
        std::int64_t finished = 0;
    };

    std::deque<Sample> samples_;
};

/// Whether a plain line is due: at every tenth of the items and every ten seconds, but not for what
/// is about to end anyway.
class PlainPace {
public:
    explicit PlainPace(BootTime start) : last_{start} {}

    bool is_due(const Standing& standing, BootTime at);

private:
    BootTime last_;
    std::int64_t tenth_ = 0;
};

/// Progress on standard error: bars that are redrawn on a terminal, lines elsewhere, nothing with
/// -q.
class Progress final : public Display {
public:
    explicit Progress(Context& context);

    /// Leaves the terminal clean.
    ~Progress() override;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(const std::vector<Batch>& batches, const Why& why) override;
    void clear() override;

private:
    enum class Form { none, plain, bars };

    struct Track {
        RecentRate rate;
        PlainPace pace;
    };

    Standing standing_of(const Batch& batch, const Why& why, BootTime at);
    void draw(const std::vector<Standing>& standings);

    Form form_ = Form::none;
    std::map<BatchNo, Track> tracks_;
    std::size_t lines_ = 0;  ///< of bars that are on the terminal
};

}  // namespace batch::cli
