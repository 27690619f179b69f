#pragma once

#include <filesystem>
#include <string>

namespace batch {

/// Removes what lies in an item's folder and is not named by its record, a to_json(Output) that may
/// be empty; then the folder, if nothing is left in it.  What cannot be removed stays.
void remove_unnamed(const std::filesystem::path& folder, const std::string& record);

}  // namespace batch
