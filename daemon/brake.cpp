#include "daemon/brake.hpp"

#include "daemon/batch_run.hpp"

#include <algorithm>

namespace batch {

void Brake::apply() {
    const std::vector<ItemId> marks = store_.cancel_marks();
    for (BatchRun* const run : board_.turns()) {
        if (run->is_stopped()) {
            release(*run);
        }
        if (run->batch().aborted) {
            cancel_where([run](const Execution& execution) { return execution.run == run; });
            continue;
        }
        const auto own = std::ranges::equal_range(marks, run->batch().no, {}, &ItemId::batch);
        if (!own.empty()) {
            cancel_items(*run, {own.begin(), own.end()});
        }
    }
}

void Brake::release(BatchRun& run) {
    for (StepRun& step : run.steps()) {
        while (!step.ready.empty()) {
            ExecutionPtr execution = std::move(step.ready.front());
            step.ready.pop_front();
            if (run.batch().aborted) {
                outcomes_.cancelled(std::move(execution));
            } else {
                outcomes_.hand_back(std::move(execution));
            }
        }
    }
}

void Brake::cancel_where(const Wanted& wanted) {
    for (const auto& worker : pool_.workers()) {
        listener_.cancel(*worker, wanted);
    }
}

void Brake::cancel_items(BatchRun& run, const std::vector<ItemId>& marks) {
    const auto is_marked = [marks](const Execution& execution) {
        return std::ranges::find(marks, execution.item.id) != marks.end();
    };
    for (StepRun& step : run.steps()) {
        for (std::size_t left = step.ready.size(); left > 0; --left) {
            ExecutionPtr execution = std::move(step.ready.front());
            step.ready.pop_front();
            if (is_marked(*execution)) {
                outcomes_.cancelled(std::move(execution));
            } else {
                step.ready.push_back(std::move(execution));
            }
        }
    }
    cancel_where(is_marked);
}

}  // namespace batch
