#pragma once

#include "daemon/execution.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace batch {

/// The folders in which items are worked on:
///
///     outputs/<batch>/.work/<index>.<claim>.<step>/
///
/// Each is made anew: who still knows the folder of an item that is over, such as a server that its
/// command has asked for something, must not write into another one's.  No name contains anything
/// of a row.  Folders are 0700.  Loop thread only.
class WorkDirs {
public:
    explicit WorkDirs(std::filesystem::path root) : root_(std::move(root)) {}

    WorkDirs(const WorkDirs&) = delete;
    WorkDirs& operator=(const WorkDirs&) = delete;

    /// Closes what is left.
    ~WorkDirs();

    /// Makes the folder that holds those of the batch and stays until close().
    std::filesystem::path open(std::string_view batch_id);

    /// An empty folder for the execution's current step, also when the step is tried again within
    /// one claim.  What fails for lack of room or rights throws Error{internal}.
    std::filesystem::path make(Execution& execution, std::string_view batch_id);

    /// The execution is over.  What cannot be removed stays; the next start tries again.
    void release(const Execution& execution) noexcept;

    /// Nothing of the batch is at work.
    void close(const std::string& batch_id) noexcept;

private:
    std::filesystem::path folder_of(std::string_view batch_id) const;

    std::filesystem::path root_;
    std::set<std::string, std::less<>> batches_;  ///< that have had any
};

}  // namespace batch
