#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace batch::cli {

/// What Ctrl-C or TERM means for the batches that are waited for.
enum class OnInterrupt { keep, cancel };

struct WaitOptions {
    bool start = false;  ///< run batchd as our child whenever nobody holds the state file
    std::optional<Millis> timeout;
    OnInterrupt on_interrupt = OnInterrupt::keep;
    bool any = false;        ///< until the first of them is final
    bool fail_fast = false;  ///< until the first of them failed or was aborted
    bool live = false;       ///< the whole panel on a terminal, not only a bar
    std::string again;  ///< command line that makes failed outputs anew, for a hint; may be empty
};

/// Waits until the batches are final, prints progress and the summaries; returns the verdict's exit
/// status: 0, 1, 10; 8 when the time passed or batchd paused a batch, 4 if for a missing login;
/// 130 and 143 after INT and TERM.
int wait_for(Context& context, std::vector<Batch> batches, const WaitOptions& options);

}  // namespace batch::cli
