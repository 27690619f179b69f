#pragma once

#include <filesystem>
#include <string_view>

namespace batch::chromium {

/// Writes what the base64 text (RFC 4648, section 4) stands for to a new file, piece by piece.
///
/// The file is there as a whole or not at all.  It is not synced: batchd does that with all of an
/// item's files.  Throws Error.
void save_base64(std::string_view base64, const std::filesystem::path& path);

}  // namespace batch::chromium
