#pragma once

#include "core/model/output.hpp"
#include "daemon/execution.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace batch {

/// The files that items have made, beside the state file: outputs/<batch>/<index>/<n>.<ext>, and
/// <step>-<n>.<ext> for what a step that is tried again will get.
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
    /// What is kept already stays as it is: until the commit the state file names it.
    void keep(Execution& execution, std::string_view batch_id) const;

    /// The same for what the step in hand was given, until it is tried again.
    void keep_input(Execution& execution, std::string_view batch_id) const;

    /// A text that is too long for the state file becomes an artifact.
    void keep_text(Execution& execution, std::string_view batch_id, std::string_view name) const;

    /// Once its record is stored: removes files of the item that the record does not name.
    void tidy(const Execution& execution, std::string_view batch_id) const;

private:
    void keep_as(Execution& execution, std::string_view batch_id, std::string_view prefix) const;
    std::filesystem::path folder_of(const Execution& execution, std::string_view batch_id) const;

    std::filesystem::path root_;
    std::uint64_t max_size_;
};

}  // namespace batch
