#pragma once

#include "cli/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace batch::cli {

/// Of a final batch: "failed: urls.csv (0e4c2a11): 4,963 of 5,000 items done in 24s, 37 failed".
std::string summary_line(Reading& reading, const Batch& batch);

/// One line for each cause, aligned, those that happened most first:
/// "30  timeout  no end within 10s     items 12, 40, 77, ..."
std::vector<std::string> failure_lines(Reading& reading, const Batch& batch);

/// The summary, what failed, and one hint; of a batch that is done nothing with -q.
/// `again`: the command line that would make the outputs anew; may be empty.
void print_summary(Context& context, Reading& reading, const Batch& batch,
                   std::string_view again = {});

}  // namespace batch::cli
