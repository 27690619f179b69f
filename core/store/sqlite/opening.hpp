#pragma once

#include "core/store/sqlite/connection.hpp"
#include "core/store/store.hpp"

#include <filesystem>
#include <memory>

namespace batch::sqlite {

/// Opens the state file, makes it if it is not there, and brings it to the newest version if that
/// may be done now.  Throws Error{state} for a file that is not ours, is newer, or lies on a
/// network file system: then nothing of it was touched.
///
/// A file that cannot be written is opened for reading, but not by its owner; every change then
/// fails with Error{state}.
std::unique_ptr<Connection> open_file(const std::filesystem::path& path, OpenMode mode,
                                      const MigrationNews& tell = {});

/// "NFS" and the like for the f_type of statfs(2); empty for a local file system.
const char* network_file_system(long type) noexcept;

}  // namespace batch::sqlite
