#include "core/store/sqlite/failure.hpp"

#include "core/base/text.hpp"
#include "core/config/folders.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

namespace batch::sqlite {
namespace {

Error unusable(const std::string& message, std::string hint, std::string code) {
    return Error(ErrorKind::state, message, std::move(hint)).with_code(std::move(code));
}

bool is_full(const std::filesystem::path& path) {
    constexpr std::uint64_t page = 4096;
    try {
        return free_bytes(path.parent_path()) < page;
    } catch (const Error&) {
        return false;
    }
}

std::string space_left(const std::filesystem::path& path) {
    try {
        return fmt::format(" ({} free)", bytes_text(free_bytes(path.parent_path())));
    } catch (const Error&) {
        return {};  // the disk is full, and that is what must be said
    }
}

Error full(const std::string& file, const std::filesystem::path& path) {
    return unusable(fmt::format("no space left for {}{}", file, space_left(path)),
                    "make room: batchctl prune --older-than 30d", "disk_full");
}

Error locked(const std::string& file, const std::filesystem::path& path) {
    return unusable(fmt::format("{} was locked by another program for 5 s", file),
                    "try again; who has it open: lsof " + shell_word(path.string()),
                    "state_locked");
}

Error not_writable(const std::string& file, const std::filesystem::path& path) {
    return unusable(fmt::format("{} cannot be written", file),
                    "see whose it is: ls -l " + shell_word(path.string()), "state_not_writable");
}

}  // namespace

Error state_error(const std::filesystem::path& path, int extended, std::string_view message) {
    const std::string file = shown_path(path);
    switch (extended & 0xff) {
        case SQLITE_FULL: return full(file, path);
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return locked(file, path);
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH: return not_writable(file, path);
        case SQLITE_CANTOPEN:
            return unusable(fmt::format("{} cannot be opened: {}", file, message),
                            "see whose it is: ls -l " + shell_word(path.string()),
                            "state_not_opened");
        case SQLITE_NOTADB:
            return unusable(fmt::format("{} is not a state file of batch", file),
                            "name another one: --state PATH", "state_foreign");
        case SQLITE_CORRUPT:
            return unusable(fmt::format("{} is damaged: {}", file, message),
                            "see what is left of it: batchctl doctor", "state_damaged");
        case SQLITE_IOERR:
            // With no room at all even its shared memory cannot be made.
            if (is_full(path)) {
                return full(file, path);
            }
            if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC) {
                return unusable(fmt::format("{} could not be put on the disk: {}", file, message),
                                "look at the disk first: dmesg", "state_not_flushed");
            }
            return unusable(fmt::format("{} cannot be read or written: {}", file, message),
                            "look at the disk first: dmesg", "state_io");
        default:
            return unusable(fmt::format("{} cannot be used: {}", file, message),
                            "check it: batchctl doctor", "state_unusable");
    }
}

}  // namespace batch::sqlite
