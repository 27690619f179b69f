#pragma once

#include "cli/context.hpp"
#include "cli/submit/name_list.hpp"
#include "cli/submit/problems.hpp"
#include "cli/submit/row_checks.hpp"
#include "cli/submit/rows.hpp"
#include "core/base/digest.hpp"
#include "core/store/submitting.hpp"

#include <memory>
#include <string>

namespace batch::cli {

struct IntakeTask {
    RowRules rules;
    bool allow_empty = false;
    bool digest = false;  ///< of all rows, for a key
    bool names = false;   ///< keep the names of all outputs, for a dry run
    SignalFd& signals;    ///< one of them ends the reading
};

/// All rows of a submission on their way, checked; shows progress on a terminal.
class Intake {
public:
    Intake(Context& context, RowsInput& rows, const IntakeTask& task, Problems& problems);

    /// Reads all rows; into the draft if there is one.  Throws everything that is wrong in one
    /// Error; Interrupted on Ctrl-C.
    void read(Draft* draft);

    std::int64_t count() const noexcept { return count_; }

    /// Of everything submitted, if the task wants it: what makes two submissions under one key the
    /// same.
    std::string digest() { return digest_.hex(); }

    const Row& first_row() const noexcept { return first_; }

    std::string name_of_first() const;

    /// What the state file needs for all rows, as far as can be told; 0 if it cannot.
    std::uint64_t bytes_needed() const;

    /// One object per item with its output's name.
    void print_names();

    Millis elapsed() const;

private:
    void take(const Row& row, Draft* draft);
    bool try_next(Row& row);
    void check_count() const;
    void look_at_signals();
    void show_progress();
    void clear_progress();

    Context& context_;
    RowsInput& rows_;
    IntakeTask task_;
    Problems& problems_;
    RowChecks checks_;
    Sha256 digest_;
    std::int64_t count_ = 0;
    std::uint64_t bytes_ = 0;  ///< of all payloads so far
    int first_suffix_ = 0;
    Row first_;
    std::unique_ptr<NameList> names_;
    BootTime begun_;
    BootTime shown_;
    bool line_open_ = false;
};

}  // namespace batch::cli
