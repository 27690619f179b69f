#pragma once

#include "core/base/time.hpp"
#include "core/model/item.hpp"
#include "core/model/output.hpp"
#include "core/store/working.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch {

class BatchRun;

/// One item in this daemon's hand, from its claim until its record is committed.
struct Execution {
    BatchRun* run = nullptr;  ///< outlives it: a run is kept while it has items in hand
    ClaimNo claim = 0;
    Claimed item;
    std::size_t step = 0;
    Output made;                              ///< by the steps so far; empty before the first
    std::string record;                       ///< of a finished one: the stored form of `made`
    BootTime started{};                       ///< of the attempt at this step
    BootTime begun{};                         ///< of the first step of this claim; zero before
    std::vector<std::filesystem::path> dirs;  ///< of its steps; empty: that step has none
    std::optional<std::size_t> sent;          ///< the last step that a worker was sent
    bool has_old_files = false;               ///< in its folder, and some may not be in its record
    std::size_t log_bytes = 0;
    std::vector<LogLine> logs;
};

using ExecutionPtr = std::unique_ptr<Execution>;

/// What becomes of an execution that is over.
struct Settled {
    ExecutionPtr execution;
    std::optional<ItemStatus> status;  ///< a final one; absent: the item goes back
    std::optional<ItemError> error;
    Millis duration{0};
    TimePoint at{};  ///< the end, or when it is due again
    int attempts = 0;
    int deaths = 0;
    bool suspect = false;
    bool recorded = false;  ///< its claim was still ours
};

}  // namespace batch
