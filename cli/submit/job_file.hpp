#pragma once

#include "cli/submit/options.hpp"

namespace batch::cli {

/// Whether the first operand is a job file.
bool is_job_file(const SubmitOptions& options);

/// Fills in what the flags do not say from the job file (batch-job(5)); paths in it are relative to
/// its folder.  Throws Error{bad_input} with the place.
void apply_job_file(SubmitOptions& options);

}  // namespace batch::cli
