#include "daemon/dispatcher.hpp"

#include "core/base/error.hpp"

#include <algorithm>

namespace batch {

/// What one call of assign() knows.
struct Dispatcher::Turn {
    std::size_t total = 0;         ///< slots there are
    std::size_t share = 0;         ///< slots of one batch, before its own -j
    std::size_t busy = 0;          ///< slots in use
    bool others_wait = false;      ///< a batch without any slot has items ready
    bool give_up = false;          ///< a batch has less than its share, and there are too few free
    Priority top = Priority::low;  ///< batches of a lower one wait
    Limits limits;
};

namespace {

std::size_t own_limit(const BatchRun& run, const Dispatcher::Limits& limits) {
    const auto wanted = run.plan().concurrency > 0
                            ? static_cast<std::size_t>(run.plan().concurrency)
                            : limits.usual;
    return std::clamp<std::size_t>(wanted, 1, limits.most);
}

}  // namespace

std::size_t Dispatcher::slots_of(const BatchRun& run, const Limits& limits) const noexcept {
    return own_limit(run, limits);
}

void Dispatcher::count_slots(Turn& turn, const Limits& limits) const {
    turn.limits = limits;
    turn.top = board_.top();
    turn.total = limits.usual;  // batches with a small -j share the workers there are, not fewer
    std::size_t active = 0;
    for (BatchRun* const run : board_.turns()) {
        for (StepRun& step : run->steps()) {
            step.slots = 0;
        }
    }
    for (const auto& worker : pool_.workers()) {
        for (const Worker::Owner& owner : worker->owners()) {
            for (StepRun& step : owner.run->steps()) {
                step.slots += std::size_t{step.spec.get() == &worker->spec()};
            }
        }
    }
    for (BatchRun* const run : board_.turns()) {
        const std::size_t slots = run->slots();
        const bool waits = run->ready() > 0 && run->batch().priority >= turn.top;
        if (slots == 0 && !waits) {
            continue;
        }
        ++active;
        turn.busy += slots;
        turn.total = std::max(turn.total, own_limit(*run, limits));
        turn.others_wait = turn.others_wait || (slots == 0 && waits);
    }
    turn.share = active == 0 ? 0 : (turn.total + active - 1) / active;
    turn.others_wait = turn.others_wait && turn.busy >= turn.total;
    std::size_t lacking = 0;
    for (const BatchRun* const run : board_.turns()) {
        const std::size_t slots = run->slots();
        const std::size_t ready = run->batch().priority >= turn.top ? run->ready() : 0;
        const std::size_t due = std::min({turn.share, own_limit(*run, limits), slots + ready});
        lacking += due - std::min(due, slots);
    }
    turn.give_up = turn.busy + lacking > turn.total;
}

void Dispatcher::assign(const Limits& limits) {
    Turn turn;
    count_slots(turn, limits);
    const std::vector<BatchRun*> turns = board_.turns();
    for (BatchRun* const run : turns) {
        if (run->ready() > 0 && serve(*run, turn)) {
            board_.served(run);
        }
    }
}

bool Dispatcher::serve(BatchRun& run, Turn& turn) {
    if (run.batch().priority < turn.top) {
        return false;
    }
    // What has a slot gives it up between items while a batch without any is waiting, and what has
    // more than its share while another has less.
    if ((turn.others_wait && run.slots() > 0) || (turn.give_up && run.slots() > turn.share)) {
        return false;
    }
    const std::size_t before = run.ready();
    // The last step first: what is nearly done is finished before more is begun.
    for (std::size_t step = run.steps().size(); step-- > 0;) {
        serve_step(run, step, turn);
    }
    return run.ready() != before;
}

void Dispatcher::serve_step(BatchRun& run, std::size_t step, Turn& turn) {
    auto& ready = run.steps()[step].ready;
    while (!ready.empty()) {
        Worker* const worker = pick(run, step, turn);
        if (worker == nullptr) {
            return;
        }
        ExecutionPtr execution = std::move(ready.front());
        ready.pop_front();
        if (worker->in_flight_of(&run) == 0) {
            const std::size_t before = run.slots();
            ++run.steps()[step].slots;
            turn.busy += run.slots() - before;
        }
        send(*worker, std::move(execution));
    }
}

Worker* Dispatcher::least_busy(const BatchRun& run, std::size_t step, const Turn& turn,
                               std::size_t ahead) const {
    const StepRun& at = run.steps()[step];
    const bool alone = at.ready.front()->item.suspect;
    const bool may_widen = at.slots < std::min(turn.share, own_limit(run, turn.limits)) &&
                           (turn.busy < turn.total || at.slots < run.slots());
    Worker* best = nullptr;
    for (const auto& worker : pool_.workers()) {
        if (&worker->spec() != at.spec.get() || worker->state() != Worker::State::ready ||
            worker->alone() || worker->in_flight() >= at.spec->concurrency + ahead ||
            (alone && worker->in_flight() > 0)) {
            continue;
        }
        if (!may_widen && worker->in_flight_of(&run) == 0) {
            continue;
        }
        if (best == nullptr || worker->in_flight() < best->in_flight()) {
            best = worker.get();
        }
    }
    return best;
}

Worker* Dispatcher::pick(BatchRun& run, std::size_t step, Turn& turn) {
    if (Worker* const worker = least_busy(run, step, turn, 0)) {
        return worker;
    }
    StepRun& at = run.steps()[step];
    const std::size_t allowed = std::min(turn.share, own_limit(run, turn.limits));
    const std::size_t starting = pool_.starting(*at.spec);
    const bool more_needed = at.ready.size() > starting * at.spec->concurrency;
    // While every slot is in use one worker is made ready, or each look would start a further one.
    const bool may_start =
        turn.busy < turn.total || at.slots < run.slots() || pool_.count(*at.spec) == 0;
    if (more_needed && may_start && at.slots + starting < allowed && start(run, at)) {
        return nullptr;  // it is sent something once it says that it is ready
    }
    return starting > 0 || turn.others_wait ? nullptr : least_busy(run, step, turn, 1);
}

bool Dispatcher::start(const BatchRun& run, const StepRun& step) {
    try {
        return pool_.spawn(step.spec) != nullptr;
    } catch (const Error& error) {
        const bool for_a_person =
            error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::permission;
        if (for_a_person) {
            outcomes_.pause(run, {"config", error.what(),
                                  "see what is wrong: batchctl plugin test " + step.spec->plugin});
        } else {
            outcomes_.failed_ourselves(run, error);
        }
        return false;
    }
}

void Dispatcher::send(Worker& worker, ExecutionPtr execution) {
    frame_.clear();
    try {
        pipeline_.append_frame(frame_, *execution, worker.next_id());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::internal) {
            outcomes_.failed_ourselves(*execution->run, error);
            outcomes_.hand_back(std::move(execution));
            return;
        }
        outcomes_.failed(std::move(execution), {.error_class = ErrorClass::permanent,
                                                .code = std::string(error.code()),
                                                .message = error.what(),
                                                .hint = error.hint()});
        return;
    }
    worker.send(std::move(execution), frame_);
}

}  // namespace batch
