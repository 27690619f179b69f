#include "daemon/recorder.hpp"

#include "daemon/batch_run.hpp"

#include <algorithm>

namespace batch {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 20ms;

}  // namespace

void Recorder::add(Settled settled) {
    if (group_.empty()) {
        since_ = BootClock::now();
    }
    group_.push_back(std::move(settled));
}

BootTime Recorder::due() const noexcept {
    return group_.empty() ? BootTime::max() : since_ + longest_wait;
}

std::vector<ClaimNo> Recorder::claims() const {
    std::vector<ClaimNo> numbers;
    for (const auto& [number, left] : left_) {
        numbers.push_back(number);
    }
    return numbers;
}

// Rows that are appended in the order of their keys cost a third less (b-tree pages fill up).
std::vector<Settled*> Recorder::in_order() {
    std::vector<Settled*> settled;
    settled.reserve(group_.size());
    for (Settled& each : group_) {
        settled.push_back(&each);
    }
    std::ranges::sort(settled, {}, [](const Settled* each) {
        return std::pair(each->execution->claim, each->execution->item.id);
    });
    return settled;
}

void Recorder::write(Work& work) {
    ClaimNo claim = 0;
    bool ours = false;
    std::map<ClaimNo, std::size_t> settled_of;
    for (Settled* const settled : in_order()) {
        if (settled->execution->claim != claim) {
            claim = settled->execution->claim;
            ours = work.holds(claim);
        }
        settled->recorded = ours;
        if (ours) {
            write_one(work, *settled);
            ++settled_of[claim];
        }
    }
    for (const auto& [number, count] : settled_of) {
        if (left_[number] == count) {
            work.release(number);
        }
    }
}

void Recorder::write_one(Work& work, const Settled& settled) {
    // A group may be written a second time, after a commit that failed: what it says of an item is
    // told once.
    if (record(work, settled)) {
        for (const LogLine& line : settled.execution->logs) {
            work.log(settled.execution->item.id, line);
        }
    }
}

bool Recorder::record(Work& work, const Settled& settled) {
    const Execution& execution = *settled.execution;
    const ItemError* const error = settled.error ? &*settled.error : nullptr;
    if (settled.status) {
        return work.finish(execution.claim, {.id = execution.item.id,
                                             .status = *settled.status,
                                             .attempts = settled.attempts,
                                             .at = settled.at,
                                             .duration = settled.duration,
                                             .output = execution.record,
                                             .error = error,
                                             .step = static_cast<int>(execution.step)});
    }
    return work.put_back(execution.claim, {.id = execution.item.id,
                                           .due = settled.at,
                                           .attempts = settled.attempts,
                                           .deaths = settled.deaths,
                                           .lost = execution.item.lost,
                                           .suspect = settled.suspect,
                                           .step = static_cast<int>(execution.step),
                                           .carried = execution.record,
                                           .error = error});
}

TimePoint Recorder::earliest_return() const noexcept {
    TimePoint earliest = TimePoint::max();
    for (const Settled& settled : group_) {
        if (!settled.status) {
            earliest = std::min(earliest, settled.at);
        }
    }
    return earliest;
}

std::vector<std::pair<BatchRun*, std::size_t>> Recorder::forget() {
    std::map<BatchRun*, std::size_t> runs;
    for (const Settled& settled : group_) {
        const Execution& execution = *settled.execution;
        ++runs[execution.run];
        ++(settled.status ? tally_.finished : tally_.returned);
        if (settled.recorded) {
            outputs_.tidy(execution, execution.run->id());
        }
        dirs_.release(execution);
        const auto left = left_.find(execution.claim);
        if (left != left_.end() && --left->second == 0) {
            left_.erase(left);
        }
    }
    group_.clear();
    return {runs.begin(), runs.end()};
}

}  // namespace batch
