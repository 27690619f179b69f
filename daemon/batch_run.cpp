#include "daemon/batch_run.hpp"

#include <algorithm>

namespace batch {
namespace {

constexpr std::size_t most = 1000;  // one lease row and one counter update per chunk
constexpr double seconds_ahead = 0.5;
constexpr double weight = 0.1;

}  // namespace

BatchRun::BatchRun(Batch batch, std::vector<StepRun> steps)
    : batch_(std::move(batch)), steps_(std::move(steps)) {}

void BatchRun::refresh(Batch batch) {
    batch_ = std::move(batch);
}

std::size_t BatchRun::ready() const noexcept {
    std::size_t count = 0;
    for (const StepRun& step : steps_) {
        count += step.ready.size();
    }
    return count;
}

std::size_t BatchRun::slots() const noexcept {
    std::size_t most_busy = 0;
    for (const StepRun& step : steps_) {
        most_busy = std::max(most_busy, step.slots);
    }
    return most_busy;
}

std::size_t BatchRun::window() const noexcept {
    std::size_t widest = 1;
    for (const StepRun& step : steps_) {
        widest = std::max(widest, step.spec->concurrency);
    }
    return widest + 1;
}

std::size_t BatchRun::wish(std::size_t slots) const noexcept {
    std::size_t chunk = 0;  // at first: what is in hand counts as running
    if (seconds_each_ > 0) {
        const double fits = seconds_ahead * static_cast<double>(slots) / seconds_each_;
        chunk = fits < 1                           ? 1
                : fits > static_cast<double>(most) ? most
                                                   : static_cast<std::size_t>(fits);
    }
    // Never so few that a worker would wait for a commit.
    const std::size_t target = std::min(std::max(chunk, slots * window()), most);
    const std::size_t waiting = ready();
    return waiting * 2 > target ? 0 : target;
}

void BatchRun::measure(std::chrono::nanoseconds elapsed) noexcept {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double each = std::max(seconds, 1e-6);
    seconds_each_ = seconds_each_ == 0 ? each : seconds_each_ * (1 - weight) + each * weight;
}

}  // namespace batch
