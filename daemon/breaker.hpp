#pragma once

#include "core/store/working.hpp"
#include "daemon/board.hpp"
#include "daemon/log.hpp"
#include "daemon/pool.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace batch {

/// Pauses the batches of plugins that are held back, so that they say why they wait, and lets them
/// go on afterwards.  Loop thread only.
class Breaker {
public:
    static constexpr std::string_view code = "breaker";

    Breaker(Board& board, Pool& pool, const Log& log) : board_(board), pool_(pool), log_(log) {}

    /// Batches in hand that need a plugin which is held back; to be paused with the next commit.
    std::vector<std::pair<BatchNo, Reason>> find();

    /// Batches whose plugins are held back no longer; their pause is to be ended.
    std::vector<BatchNo> ended();

private:
    const Pool::Break* broken_for(const BatchRun& run) const;

    Board& board_;
    Pool& pool_;
    const Log& log_;
    std::map<BatchNo, std::string> paused_;  ///< with the plugin
    std::set<std::string> told_;
};

}  // namespace batch
