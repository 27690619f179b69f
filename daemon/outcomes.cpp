#include "daemon/outcomes.hpp"

#include "core/base/error.hpp"
#include "core/model/logins.hpp"
#include "core/os/crash_point.hpp"
#include "daemon/batch_run.hpp"

#include <fmt/core.h>

namespace batch {
namespace {

constexpr Millis shortest_throttle{100};  // such a try is not counted: it must not spin
constexpr int deadly = 2;                 // workers that an item may take with it

Millis time_at_work(const Execution& execution) {
    if (execution.begun == BootTime{}) {
        return Millis{0};
    }
    return std::chrono::duration_cast<Millis>(BootClock::now() - execution.begun);
}

}  // namespace

ItemError Outcomes::error_of(const Execution& execution, const PluginError& fault,
                             int attempt) const {
    return {.error_class = fault.error_class,
            .code = fault.code,
            .message = fault.message,
            .hint = fault.hint,
            .step = execution.run->steps()[execution.step].spec->plugin,
            .attempt = attempt,
            .at = now()};
}

void Outcomes::settle(ExecutionPtr execution, Settled settled) {
    settled.duration = time_at_work(*execution);
    settled.execution = std::move(execution);
    if (settled.at == TimePoint{}) {
        settled.at = now();
    }
    recorder_.add(std::move(settled));
}

void Outcomes::succeeded(ExecutionPtr execution, const Answer& answer) {
    crash_point("step.answered");
    const Output before = execution->made;
    try {
        pipeline_.take(*execution, answer);
        if (execution->step + 1 < execution->run->steps().size()) {
            ++execution->step;
            auto& ready = execution->run->steps()[execution->step].ready;
            ready.push_back(std::move(execution));
            return;
        }
        pipeline_.finish(*execution);
    } catch (const Error& error) {
        execution->made = before;  // what the step is given when it is tried again
        execution->has_old_files = true;
        if (error.kind() == ErrorKind::internal) {
            failed_ourselves(*execution->run, error);
            hand_back(std::move(execution));
            return;
        }
        const auto error_class =
            error.kind() == ErrorKind::operation ? ErrorClass::permanent : ErrorClass::retryable;
        failed(std::move(execution), {.error_class = error_class,
                                      .code = std::string(error.code()),
                                      .message = error.what(),
                                      .hint = error.hint()});
        return;
    }
    const int attempts = execution->item.attempts + 1;
    settle(std::move(execution), {.status = ItemStatus::done, .attempts = attempts});
}

void Outcomes::failed(ExecutionPtr execution, const PluginError& fault) {
    BatchRun& run = *execution->run;
    if (run.batch().aborted || fault.error_class == ErrorClass::cancelled) {
        cancelled(std::move(execution));
        return;
    }
    if (fault.error_class == ErrorClass::config) {
        const bool is_login = fault.code == "login_needed";
        pause(run, {is_login ? login_pause : "config", fault.message, fault.hint});
        hand_back(std::move(execution));
        return;
    }
    const bool counts = fault.error_class != ErrorClass::throttled;
    const int attempts = execution->item.attempts + (counts ? 1 : 0);
    const ItemError error = error_of(*execution, fault, execution->item.attempts + 1);
    if (!may_retry(run.plan().retry, fault.error_class, attempts - execution->item.base)) {
        pipeline_.carry(*execution);
        settle(std::move(execution),
               {.status = ItemStatus::failed, .error = error, .attempts = attempts});
        return;
    }
    const Millis wait =
        fault.error_class == ErrorClass::throttled
            ? std::max(shortest_throttle, fault.after.value_or(run.plan().retry.backoff_min))
            : backoff(run.plan().retry, attempts - execution->item.base, random_());
    const int deaths = execution->item.deaths;
    const bool suspect = execution->item.suspect;
    pipeline_.carry(*execution);
    settle(std::move(execution), {.error = error,
                                  .at = now() + wait,
                                  .attempts = attempts,
                                  .deaths = deaths,
                                  .suspect = suspect});
}

void Outcomes::pause(const BatchRun& run, Reason reason) {
    pauses_.emplace_back(run.batch().no, std::move(reason));
}

void Outcomes::failed_ourselves(const BatchRun& run, const Error& error) {
    if (error.code() == "disk_full") {
        full_disk_ = error;
    } else {
        holds_.emplace(run.batch().no, error.what());
    }
}

void Outcomes::cancelled(ExecutionPtr execution) {
    const int attempts = execution->item.attempts;
    pipeline_.carry(*execution);
    settle(std::move(execution), {.status = ItemStatus::cancelled, .attempts = attempts});
}

void Outcomes::hand_back(ExecutionPtr execution) {
    Settled settled{.attempts = execution->item.attempts,
                    .deaths = execution->item.deaths,
                    .suspect = execution->item.suspect};
    pipeline_.carry(*execution);
    settle(std::move(execution), std::move(settled));
}

void Outcomes::again(ExecutionPtr execution) {
    auto& ready = execution->run->steps()[execution->step].ready;
    ready.push_front(std::move(execution));
}

void Outcomes::lost(Worker::Left left, const std::string& how) {
    for (ExecutionPtr& execution : left.waiting) {
        again(std::move(execution));
    }
    if (left.at_work.size() > 1) {
        for (ExecutionPtr& execution : left.at_work) {
            execution->item.suspect = true;
            again(std::move(execution));
        }
        return;
    }
    for (ExecutionPtr& execution : left.at_work) {
        const int deaths = ++execution->item.deaths;
        if (deaths >= deadly) {
            failed(std::move(execution),
                   {.error_class = ErrorClass::permanent,
                    .code = "poison",
                    .message = fmt::format("{} workers died of it; the last: {}", deaths, how)});
            continue;
        }
        // A death is no attempt; the item comes again after a short wait.
        const int attempts = execution->item.attempts;
        const bool suspect = execution->item.suspect;
        const ItemError error = error_of(*execution,
                                         {.error_class = ErrorClass::retryable,
                                          .code = "worker_lost",
                                          .message = "its worker died: " + how},
                                         attempts + 1);
        const TimePoint due = now() + execution->run->plan().retry.backoff_min;
        pipeline_.carry(*execution);
        settle(std::move(execution), {.error = error,
                                      .at = due,
                                      .attempts = attempts,
                                      .deaths = deaths,
                                      .suspect = suspect});
    }
}

}  // namespace batch
