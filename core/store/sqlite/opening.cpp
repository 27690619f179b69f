#include "core/store/sqlite/opening.hpp"

#include "core/base/text.hpp"
#include "core/base/uuid.hpp"
#include "core/config/folders.hpp"
#include "core/os/fd.hpp"
#include "core/os/file.hpp"
#include "core/store/sqlite/failure.hpp"
#include "core/store/sqlite/migration.hpp"
#include "core/store/sqlite/schema.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

namespace batch::sqlite {

namespace fs = std::filesystem;

namespace {

// linux/magic.h and statfs(2); on these the shared memory of WAL does not work or is not shared.
struct NetworkType {
    long type;
    const char* name;
};

constexpr std::array network_types{
    NetworkType{0x6969, "NFS"},      NetworkType{0x517b, "SMB"},
    NetworkType{0xff534d42, "CIFS"}, NetworkType{0xfe534d42, "SMB2"},
    NetworkType{0x00c36400, "Ceph"}, NetworkType{0x5346414f, "AFS"},
    NetworkType{0x73757245, "Coda"}, NetworkType{0x01021997, "9P"},
};

Error unusable(const std::string& message, std::string hint, std::string code) {
    return Error(ErrorKind::state, message, std::move(hint)).with_code(std::move(code));
}

// Its folder may be still to be made.
void refuse_network(const fs::path& path) {
    struct statfs info {};

    fs::path folder = path.parent_path();
    while (statfs(folder.c_str(), &info) != 0) {
        if (errno != ENOENT || folder == folder.parent_path()) {
            return;  // what is wrong with it is said when it is opened
        }
        folder = folder.parent_path();
    }
    const char* name = network_file_system(static_cast<long>(info.f_type));
    if (*name != '\0') {
        throw unusable(
            fmt::format("{} lies on a network file system ({}), where a state file breaks",
                        shown_path(path), name),
            "put it on a local disk: --state PATH", "state_on_network");
    }
}

// Two names of one file would be two locks, and two batchds.
void refuse_second_name(const fs::path& path) {
    struct stat info {};

    if (::lstat(path.c_str(), &info) != 0) {
        return;
    }
    if (S_ISLNK(info.st_mode)) {
        std::error_code ignored;
        const fs::path target = fs::weakly_canonical(path, ignored);
        throw unusable(fmt::format("{} is a symbolic link", shown_path(path)),
                       "name the file itself: --state " + shell_word(target.string()),
                       "state_is_link");
    }
    if (S_ISREG(info.st_mode) && info.st_nlink > 1) {
        throw unusable(
            fmt::format("{} has {} names, and each would have a lock of its own", shown_path(path),
                        info.st_nlink),
            fmt::format("see which, and leave one: find {} -xdev -samefile {}",
                        shell_word(path.parent_path().string()), shell_word(path.string())),
            "state_has_two_names");
    }
}

bool is_there(const fs::path& path) {
    struct stat info {};

    return ::lstat(path.c_str(), &info) == 0;
}

// SQLite removes the log of an empty file, and with it the last batches.
void refuse_lost_file(const fs::path& path) {
    const fs::path log = path.string() + "-wal";
    std::error_code ignored;
    if (!is_there(path) && fs::exists(log, ignored) && fs::file_size(log, ignored) > 0) {
        throw unusable(
            fmt::format("{} is gone, but {} is there and has its last changes", shown_path(path),
                        log.filename().string()),
            "bring it back, or to start anew take that away: rm " + shell_word(log.string()),
            "state_gone");
    }
}

// A batchd with a new file would take them for those of removed batches.
void refuse_lost_outputs(const fs::path& path) {
    const fs::path outputs = StatePaths{path}.outputs();
    std::error_code ignored;
    const bool has_some = std::ranges::any_of(
        fs::directory_iterator(outputs, ignored),
        [](const fs::directory_entry& each) { return is_uuid(each.path().filename().native()); });
    if (has_some && !is_there(path)) {
        throw unusable(
            fmt::format("{} is gone, but {} has outputs of its batches", shown_path(path),
                        shown_path(outputs)),
            fmt::format("bring it back, or to start anew put them elsewhere: mv {0} {0}.old",
                        shell_word(outputs.string())),
            "state_gone");
    }
}

[[noreturn]] void throw_not_made(const fs::path& path, int reason) {
    if (reason == ENOSPC || reason == EDQUOT) {
        throw state_error(path, SQLITE_FULL, {});
    }
    throw unusable(system_error("open " + shown_path(path), reason).what(),
                   "name another one: --state PATH", "state_not_opened");
}

// SQLite gives the files beside it the same mode.
void ensure_file(const fs::path& path) {
    try {
        ensure_dir(path.parent_path());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::permission) {
            throw_not_made(path, EACCES);
        }
        throw unusable(error.what(), "name another place: --state PATH", "state_not_opened");
    }
    const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, private_file));
    const int reason = errno;
    const bool for_reading = (reason == EACCES || reason == EROFS) && is_there(path);
    if (!fd && !for_reading) {
        throw_not_made(path, reason);
    }
}

void require_file(const fs::path& path) {
    struct stat info {};

    if (::stat(path.c_str(), &info) != 0 || (S_ISREG(info.st_mode) && info.st_size == 0)) {
        throw Error(ErrorKind::not_found, shown_path(path) + " is not there yet");
    }
}

bool is_empty(Connection& connection) {
    return connection.query("SELECT count(*) FROM sqlite_schema").next_integer() == 0;
}

bool may_be_read_otherwise(const Error& error) {
    constexpr std::array<std::string_view, 4> codes{"state_not_writable", "state_not_opened",
                                                    "state_io", "disk_full"};
    return std::ranges::find(codes, error.code()) != codes.end();
}

// Where the files beside it cannot be written, SQLite may need to be told that nothing changes.
std::unique_ptr<Connection> connect(const fs::path& path, OpenMode mode) {
    std::optional<Error> first;
    for (const Rights rights : {Rights::write, Rights::read, Rights::frozen}) {
        try {
            auto connection = std::make_unique<Connection>(path, rights);
            if (mode == OpenMode::own && connection->rights() != Rights::write) {
                throw state_error(path, SQLITE_READONLY, {});
            }
            is_empty(*connection);
            connection->remember(first);
            return connection;
        } catch (const Error& error) {
            first = first.value_or(error);
            if (mode == OpenMode::own || !may_be_read_otherwise(error)) {
                break;
            }
        }
    }
    throw *first;
}

// Asked in this order: between the two another program may make the file a state file.
void refuse_foreign(Connection& connection) {
    const bool empty = is_empty(connection);
    const auto found = connection.query("PRAGMA application_id").next_integer();
    if (found != application_id && !(found == 0 && empty)) {
        throw state_error(connection.path(), SQLITE_NOTADB, {});
    }
}

}  // namespace

const char* network_file_system(long type) noexcept {
    const auto* const found = std::ranges::find(network_types, type, &NetworkType::type);
    return found == network_types.end() ? "" : found->name;
}

std::unique_ptr<Connection> open_file(const fs::path& path, OpenMode mode,
                                      const MigrationNews& tell) {
    const fs::path file = fs::absolute(path);
    refuse_second_name(file);
    refuse_network(file);
    if (mode == OpenMode::look) {
        require_file(file);
    } else {
        refuse_lost_file(file);
        if (!is_there(file)) {
            refuse_lost_outputs(file);
        }
        ensure_file(file);
    }
    auto connection = connect(file, mode);
    refuse_foreign(*connection);
    refuse_newer(*connection, mode);
    if (mode == OpenMode::look) {
        return connection;
    }
    if (connection->rights() == Rights::write) {
        connection->set_up();
    }
    migrate(*connection, mode, tell);
    return connection;
}

}  // namespace batch::sqlite
