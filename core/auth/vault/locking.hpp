#pragma once

#include "core/os/lock.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

namespace batch::auth {

/// The lock, once nobody else holds it; absent after so long.
std::optional<FileLock> wait_for_lock(const std::filesystem::path& path, std::string_view what_for,
                                      std::chrono::seconds patience);

/// Makes the folder if it is not there, and ours alone to look into.
/// Throws Error{permission} if others could put files there: what lies in it may be theirs.
void make_private_folder(const std::filesystem::path& folder);

}  // namespace batch::auth
