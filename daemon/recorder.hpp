#pragma once

#include "core/store/store.hpp"
#include "daemon/execution.hpp"
#include "daemon/outputs.hpp"
#include "daemon/work_dirs.hpp"

#include <map>
#include <vector>

namespace batch {

/// Gathers what is settled and writes it in groups: up to 1,000 records or 20 ms, or at once when
/// nothing else is going on, because each commit is a flush of the disk.
/// Loop thread only.
class Recorder {
public:
    Recorder(const Outputs& outputs, WorkDirs& dirs) : outputs_(outputs), dirs_(dirs) {}

    void add(Settled settled);

    /// The items of a new claim are ours to settle.
    void watch(const Chunk& chunk) { left_[chunk.claim] = chunk.items.size(); }

    /// It has items that are not committed.
    bool watches(ClaimNo claim) const { return left_.contains(claim); }

    /// The claims that have items which are not committed.
    std::vector<ClaimNo> claims() const;

    bool empty() const noexcept { return group_.empty(); }

    /// When the group has waited long enough; the far future if it is empty.
    BootTime due() const noexcept;

    bool is_full() const noexcept { return group_.size() >= most; }

    /// Writes the group into the transaction; the group stays until forget().
    void write(Work& work);

    /// What was committed so far.
    struct Tally {
        std::size_t finished = 0;
        std::size_t returned = 0;
    };

    const Tally& tally() const noexcept { return tally_; }

    /// When the first of the group's items that go back is due again; the far future if none does.
    TimePoint earliest_return() const noexcept;

    /// After the commit: removes work directories and files that are not wanted; returns the runs
    /// that had items in the group.
    std::vector<std::pair<BatchRun*, std::size_t>> forget();

private:
    static constexpr std::size_t most = 1000;

    std::vector<Settled*> in_order();
    void write_one(Work& work, const Settled& settled);
    static bool record(Work& work, const Settled& settled);

    const Outputs& outputs_;
    WorkDirs& dirs_;
    std::vector<Settled> group_;
    BootTime since_{};
    Tally tally_;
    std::map<ClaimNo, std::size_t> left_;  ///< items of a claim that are not yet committed
};

}  // namespace batch
