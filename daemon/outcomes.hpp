#pragma once

#include "core/base/error.hpp"
#include "core/plugin/frames.hpp"
#include "daemon/log.hpp"
#include "daemon/pipeline.hpp"
#include "daemon/recorder.hpp"
#include "daemon/worker.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace batch {

/// Decides what becomes of an execution: on to the next step, done, tried again, failed, handed
/// back.  The rules of retries and of dead workers are here and nowhere else.
/// Loop thread only.
class Outcomes {
public:
    Outcomes(Recorder& recorder, const Pipeline& pipeline)
        : recorder_(recorder), pipeline_(pipeline), random_(std::random_device{}()) {}

    void succeeded(ExecutionPtr execution, const Answer& answer);
    void failed(ExecutionPtr execution, const PluginError& fault);
    void cancelled(ExecutionPtr execution);

    /// To pending, as if it had not been claimed: no attempt is counted.
    void hand_back(ExecutionPtr execution);

    /// To the front of its step's line, still ours: what an attempt that batchd cut short deserves.
    void again(ExecutionPtr execution);

    /// A worker ended without being told to.  One item at work: it is charged, and the second time
    /// it fails as poison.  Several: nobody knows who did it, so nobody is charged, and each runs
    /// alone from now on.
    /// `how` it ended: "killed by SEGV: its last words".
    void lost(Worker::Left left, const std::string& how);

    /// A person must look before the batch can go on.
    void pause(const BatchRun& run, Reason reason);

    /// batchd itself failed at the batch; nobody's item is to blame.
    void failed_ourselves(const BatchRun& run, const Error& error);

    /// Batches to be paused with the next commit, because a person must look.
    std::vector<std::pair<BatchNo, Reason>> take_pauses() { return std::exchange(pauses_, {}); }

    /// The disk is full: not one batch's trouble but everybody's.
    std::optional<Error> take_full_disk() { return std::exchange(full_disk_, {}); }

    /// Batches to be held for a while, with what went wrong.
    std::map<BatchNo, std::string> take_holds() { return std::exchange(holds_, {}); }

private:
    void settle(ExecutionPtr execution, Settled settled);
    ItemError error_of(const Execution& execution, const PluginError& fault, int attempt) const;

    Recorder& recorder_;
    const Pipeline& pipeline_;
    std::mt19937_64 random_;
    std::vector<std::pair<BatchNo, Reason>> pauses_;
    std::map<BatchNo, std::string> holds_;
    std::optional<Error> full_disk_;
};

}  // namespace batch
