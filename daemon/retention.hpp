#pragma once

#include "core/config/settings.hpp"
#include "core/store/store.hpp"
#include "daemon/log.hpp"

#include <filesystem>
#include <vector>

namespace batch {

/// Removes batches that have been finished for as long as `state.retention` says.  Loop thread
/// only.
class Retention {
public:
    /// `outputs` is the folder of all batches' outputs.
    Retention(Store& store, const Settings::State& settings, std::filesystem::path outputs,
              const Log& log)
        : store_(store), settings_(settings), outputs_(std::move(outputs)), log_(log) {}

    /// Removes the oldest one, if any is due.  To be called again and again while nothing else is
    /// to be done: it looks for more once a minute.  Throws Error{state}.
    void remove_one(BootTime at);

private:
    void find();

    Store& store_;
    const Settings::State& settings_;
    std::filesystem::path outputs_;
    const Log& log_;
    BootTime next_look_{};
    std::vector<Batch> due_;  ///< newest first
};

}  // namespace batch
