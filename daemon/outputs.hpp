#pragma once

#include "core/model/output.hpp"
#include "daemon/execution.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace batch {

/// The files that items have made, beside the state file: outputs/<batch>/<index>/<n>.<ext>
///
/// No name in it contains anything of a row.  Folders are 0700, files 0600.
class Outputs {
public:
    Outputs(std::filesystem::path root, std::uint64_t max_size)
        : root_(std::move(root)), max_size_(max_size) {}

    void set_max_size(std::uint64_t bytes) noexcept { max_size_ = bytes; }

    // What fails for lack of room or rights throws Error{internal}: it is not the item's fault.

    /// Checks a file that the step says it made, and describes it: inside its directory, a regular
    /// file, not too large.  Throws Error{operation} with the item's error code.
    Artifact take(const Execution& execution, std::string_view path,
                  std::string_view media_type) const;

    /// Moves the artifacts out of the work directory to their place, on disk when this returns.
    void keep(Execution& execution, std::string_view batch_id) const;

    /// A text that is too long for the state file becomes an artifact.
    void keep_text(Execution& execution, std::string_view batch_id, std::string_view name) const;

    /// Once its record is stored: removes files of the item that the record does not name.
    void tidy(const Execution& execution, std::string_view batch_id) const;

private:
    std::filesystem::path folder_of(const Execution& execution, std::string_view batch_id) const;

    std::filesystem::path root_;
    std::uint64_t max_size_;
};

}  // namespace batch
