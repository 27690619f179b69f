#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace batch {

inline constexpr mode_t private_file = 0600;
inline constexpr mode_t private_folder = 0700;

/// The file has the old content or the new one, never a part, and after a return the new one even
/// if the power fails: temporary file beside it, fsync, rename, fsync of the folder.
void atomic_write(const std::filesystem::path& path, std::string_view bytes,
                  mode_t mode = private_file);

/// The whole content.  Throws Error{not_found} if there is no such file, and Error with code
/// "too_large" beyond `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit);

/// Makes the folder and its missing parents with `mode`; one that is there keeps its own.
void ensure_dir(const std::filesystem::path& path, mode_t mode = private_folder);

/// The same, and what it made is on the disk when this returns.
void ensure_dir_durably(const std::filesystem::path& path, mode_t mode = private_folder);

void fsync_path(const std::filesystem::path& path);
void fsync_dir(const std::filesystem::path& path);

/// Bytes an unprivileged user can still write to the file system that holds the path.
std::uint64_t free_bytes(const std::filesystem::path& path);

/// Removes the file or folder with all that is in it; follows no link.  Nothing there is fine, also
/// if another process removes the same meanwhile.
void remove_tree(const std::filesystem::path& path);

}  // namespace batch
