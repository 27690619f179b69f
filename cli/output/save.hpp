#pragma once

#include "core/model/item.hpp"
#include "core/model/output.hpp"

#include <filesystem>
#include <string>

namespace batch::cli {

struct SaveTo {
    std::filesystem::path folder;
    std::string on_collision = "error";  ///< error, suffix or overwrite
};

struct SavedFiles {
    std::size_t written = 0;
    std::size_t gone = 0;  ///< outputs that were delivered and dropped
};

/// Copies what an item came to into a folder, under its output name: artifacts, or its text.
/// Throws Error{conflict} if a file is there already and on_collision is error.
void save_output(const Batch& batch, const Item& item, const Output& output, const SaveTo& to,
                 SavedFiles& saved);

/// The one output of an item as bytes.  Throws Error{not_found} if there is none any more.
std::string bytes_of(const Batch& batch, const Item& item, const Output& output);

}  // namespace batch::cli
