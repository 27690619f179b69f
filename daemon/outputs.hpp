#pragma once

#include "core/model/output.hpp"
#include "daemon/execution.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace batch {

/// The folder beside the state file: work directories while items run, artifacts afterwards.
///
///     outputs/<batch>/.work/<index>.<claim>/<step>/   of one execution; gone when it is settled
///     outputs/<batch>/<index>/<n>.<ext>               what is kept
///
/// No name in it contains anything of a row.  Folders are 0700, files 0600.
class Outputs {
public:
    Outputs(std::filesystem::path root, std::uint64_t max_size)
        : root_(std::move(root)), max_size_(max_size) {}

    void set_max_size(std::uint64_t bytes) noexcept { max_size_ = bytes; }

    // What fails for lack of room or rights throws Error{internal}: it is not the item's fault.

    /// Makes the work directory of the execution's current step.
    std::filesystem::path make_dir(Execution& execution, std::string_view batch_id) const;

    /// Checks a file that the step says it made, and describes it: inside its directory, a regular
    /// file, not too large.  Throws Error{operation} with the item's error code.
    Artifact take(const Execution& execution, std::string_view batch_id, std::string_view path,
                  std::string_view media_type) const;

    /// Moves the artifacts out of the work directory to their place, on disk when this returns.
    void keep(Execution& execution, std::string_view batch_id) const;

    /// A text that is too long for the state file becomes an artifact.
    void keep_text(Execution& execution, std::string_view batch_id, std::string_view name) const;

    /// Removes the work directory.  What cannot be removed stays.
    void clean(const Execution& execution, std::string_view batch_id) const noexcept;

private:
    std::filesystem::path work_dir(const Execution& execution, std::string_view batch_id) const;

    std::filesystem::path root_;
    std::uint64_t max_size_;
};

}  // namespace batch
