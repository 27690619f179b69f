#pragma once

#include "cli/context.hpp"
#include "cli/submit/problems.hpp"
#include "cli/submit/row_checks.hpp"
#include "cli/submit/rows.hpp"
#include "core/base/digest.hpp"
#include "core/store/submitting.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// All rows of a submission on their way into a draft, checked; shows progress on a terminal.
class Intake {
public:
    Intake(Context& context, const SubmitOptions& options, const Plan& plan, RowsInput& rows,
           Problems& problems);

    /// Throws everything that is wrong in one Error; Interrupted on Ctrl-C.
    void read_into(Draft& draft);

    /// The same, storing nothing: --dry-run.
    void check_only();

    std::int64_t count() const noexcept { return count_; }

    /// Of everything submitted: what makes two submissions under one key the same.
    std::string digest();

    const Row& first_row() const noexcept { return first_; }

    std::string name_of_first() const;

    /// One object per item with its output's name; after check_only().
    void print_names() const;

    Millis elapsed() const;

private:
    struct Named {
        Row row;
        int suffix = 0;
    };

    void read(Draft* draft);
    void take(const Row& row, Draft* draft);
    void look_at_signals();
    void show_progress();

    Context& context_;
    const SubmitOptions& options_;
    RowsInput& rows_;
    Problems& problems_;
    RowChecks checks_;
    SignalFd signals_;
    Sha256 digest_;
    std::int64_t count_ = 0;
    int first_suffix_ = 0;
    Row first_;
    std::vector<Named> kept_;  ///< of a dry run with --json
    BootTime begun_;
    BootTime shown_;
    bool line_open_ = false;
};

}  // namespace batch::cli
