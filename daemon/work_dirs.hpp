#pragma once

#include "daemon/execution.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace batch {

/// The folders in which items are worked on:
///
///     outputs/<batch>/.work/<index>.<claim>.<step>/
///
/// One that is left empty is given to the next item of its batch under a new name: making and
/// removing folders costs more than many a command (on ext4 the more, the more were removed in the
/// last seconds).  So a process that outlives its item could write into the next one's folder: it
/// must be ended before the item is released.  No name contains anything of a row.  Folders are
/// 0700.  Loop thread only.
class WorkDirs {
public:
    explicit WorkDirs(std::filesystem::path root) : root_(std::move(root)) {}

    WorkDirs(const WorkDirs&) = delete;
    WorkDirs& operator=(const WorkDirs&) = delete;

    /// Closes what is left.
    ~WorkDirs();

    /// An empty folder for the execution's current step, also when the step is tried again within
    /// one claim.  What fails for lack of room or rights throws Error{internal}.
    std::filesystem::path make(Execution& execution, std::string_view batch_id);

    /// The execution is over.  What cannot be removed stays; the next start tries again.
    void release(const Execution& execution, const std::string& batch_id) noexcept;

    /// Nothing of the batch is at work.
    void close(const std::string& batch_id) noexcept;

private:
    std::filesystem::path folder_of(std::string_view batch_id) const;

    std::filesystem::path root_;
    /// Empty ones, of the batches that have had any.
    std::map<std::string, std::vector<std::filesystem::path>, std::less<>> spare_;
};

}  // namespace batch
