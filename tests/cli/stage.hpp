#pragma once

#include "core/model/output.hpp"
#include "core/os/lock.hpp"
#include "core/store/store.hpp"
#include "tests/cli/house.hpp"

#include <functional>
#include <optional>
#include <string>

namespace batch::testing {

/// How an item ends; still running if the status is `running`.
struct Ending {
    ItemStatus status = ItemStatus::done;
    std::string code;     ///< of a failure
    std::string message;  ///< its first words
    Output output;        ///< of a done item
};

using Endings = std::function<Ending(ItemIndex)>;

/// A house whose batches are brought into any state by hand, as a batchd would.
class Stage : public House {
public:
    Stage();

    Store& file() { return *file_; }

    /// A batch of items {"n":"0"}, {"n":"1"}, ... from line 2 of its file, whose id ends so.
    BatchNo put(const std::string& id_end, const std::string& name, std::int64_t items,
                const std::function<void(NewBatch&)>& change = {});

    /// Takes up to `limit` items that wait and ends each as it is told; those left running are
    /// still held by us, whom nobody sees alive unless work() was called.
    void work_on(BatchNo no, std::size_t limit, const Endings& endings = {});

    /// All of them.
    void finish(BatchNo no, const Endings& endings = {});

    /// From now on a batchd is at work on the state file, as far as anybody can see.
    void start_work();

    /// As after kill -9: its lock is free, what the lock file says stays.
    void kill_work();

    Batch look(BatchNo no) const { return file_->reading().batch(no).value(); }

private:
    std::unique_ptr<Store> file_;
    std::optional<FileLock> lock_;
};

/// Ids in tests are this and eight characters: "01a20493-be63-7d3a-9b60-3f1f" + "0e4c2a11".
std::string id_with(const std::string& end);

/// The text with what is measured replaced: "in 24s" by "in TIME", "40s ago" by "TIME ago".
std::string untimed(const std::string& text);

}  // namespace batch::testing
