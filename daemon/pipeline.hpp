#pragma once

#include "core/config/settings.hpp"
#include "core/plugin/frames.hpp"
#include "daemon/execution.hpp"
#include "daemon/outputs.hpp"
#include "daemon/work_dirs.hpp"

#include <string>
#include <string_view>

namespace batch {

/// What passes through an item's steps: frames out, answers in, and the output that they add up to.
class Pipeline {
public:
    Pipeline(const Outputs& outputs, WorkDirs& dirs, OutputsKeep keep)
        : outputs_(outputs), dirs_(dirs), keep_(keep) {}

    void set_keep(OutputsKeep keep) noexcept { keep_ = keep; }

    /// Prepares a freshly claimed item: at a later try it goes on from the step it had reached.
    ExecutionPtr begin(BatchRun& run, ClaimNo claim, Claimed item) const;

    /// Appends the item's frame for its current step.  Throws Error{bad_input} if the row cannot
    /// fill the step's placeholders.
    void append_frame(std::string& frame, Execution& execution, std::uint64_t id) const;

    /// Adds what the current step answered.  Throws Error{operation} if it is not acceptable.
    void take(Execution& execution, const Answer& answer) const;

    /// After the last step: artifacts to their place, and the record to be stored.
    void finish(Execution& execution) const;

    /// Before a further try, or in case of one: what the finished steps made must outlive the work
    /// directory.
    void carry(Execution& execution) const;

private:
    void take_files(Execution& execution, std::string_view files) const;
    void append_input(std::string& frame, const Execution& execution) const;

    const Outputs& outputs_;
    WorkDirs& dirs_;
    OutputsKeep keep_;
};

}  // namespace batch
