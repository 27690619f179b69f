#pragma once

#include "core/os/fd.hpp"

#include <filesystem>

namespace batch {

enum class LinksInside {
    follow,  ///< as long as they stay inside
    refuse
};

/// Opens what is at the relative `path` below the open folder, with the flags of open(2).  Nothing
/// leads out of the folder: no `..`, no link.
///
/// Without a descriptor errno tells why; it is EXDEV or ELOOP where something leads out.
Fd open_beneath(int folder, const std::filesystem::path& path, int flags, LinksInside links);

}  // namespace batch
