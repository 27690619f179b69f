#include "core/store/sqlite/migration.hpp"

#include "core/base/text.hpp"
#include "core/base/uuid.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/file.hpp"
#include "core/os/lock.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <optional>

namespace batch::sqlite {
namespace {

constexpr const char* program_version = BATCH_VERSION;

const char* program_of(OpenMode mode) {
    return mode == OpenMode::own ? "batchd" : "batchctl";
}

std::string name_of(const Connection& connection) {
    return connection.path().filename().string();
}

// "state.db.v3-20261122T185002Z"
std::filesystem::path copy_name(const Connection& connection, int version) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now());
    return fmt::format("{}.v{}-{:%Y%m%dT%H%M%SZ}", connection.path().string(), version,
                       fmt::gmtime(seconds.time_since_epoch().count()));
}

// The newest copy of a version that this program can read; the names sort by time within a version.
std::optional<std::string> newest_copy(const Connection& connection, int up_to) {
    for (int version = up_to; version > 0; --version) {
        const std::string start = fmt::format("{}.v{}-", name_of(connection), version);
        std::string found;
        for (const auto& entry :
             std::filesystem::directory_iterator(connection.path().parent_path())) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with(start) && name.ends_with('Z')) {
                found = std::max(found, name);
            }
        }
        if (!found.empty()) {
            return found;
        }
    }
    return std::nullopt;
}

// The table `state` keeps its columns in every version, so that an older program can say this.
std::string writer_of(Connection& connection) {
    return connection.query("SELECT written_by FROM state").next_text();
}

// On the disk when this returns; a copy that could not be finished is taken away.
std::string copy(Connection& connection, int version) {
    const std::filesystem::path path = copy_name(connection, version);
    try {
        atomic_write(path, "");  // SQLite fills an empty file, and would make one for all to read
        connection.prepared("VACUUM INTO ?1").run(path.string());
        fsync_path(path);
        fsync_dir(path.parent_path());
    } catch (const Error& error) {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
        throw Error(ErrorKind::state, error.what(), error.hint())
            .with_code(std::string(error.code()))
            .within(fmt::format("{} is version {} and is copied before it is migrated",
                                name_of(connection), version));
    }
    return path.filename().string();
}

void set_header(Connection& connection, int version) {
    connection.execute(
        fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", application_id, version));
}

// All or nothing, so that nobody ever sees a version between.  What it is now is read again inside:
// another program may have been faster.
void apply(Connection& connection, std::span<const Migration> steps) {
    Transaction transaction(connection, Access::write);
    const int version = version_of(connection);
    if (version >= steps.back().version) {
        return;
    }
    for (const Migration& step : steps) {
        if (step.version > version) {
            connection.execute(step.sql);
        }
    }
    if (version == 0) {
        connection.run("INSERT INTO state(one, id, written_by) VALUES(1, ?1, ?2)", random_hex(4),
                       program_version);
    } else {
        connection.run("UPDATE state SET written_by = ?1", program_version);
    }
    set_header(connection, steps.back().version);
    crash_point("migration.written");
    transaction.commit();
    crash_point("migration.done");
}

Error in_use(const Connection& connection, int version, const std::optional<Holder>& holder) {
    const std::string who =
        holder ? fmt::format("{} {} (pid {})",
                             holder->what_for.empty() ? "another program" : holder->what_for,
                             holder->version, holder->pid)
               : std::string("another program");
    return Error(ErrorKind::state,
                 fmt::format("{} is version {} and in use by {}; this batchctl {} needs version {}",
                             name_of(connection), version, who, program_version, newest_version()),
                 "restart the daemon, it migrates and keeps a copy: "
                 "systemctl --user restart batchd")
        .with_code("state_older");
}

Error not_now(const Connection& connection, OpenMode mode, int version, int wanted) {
    return Error(
               ErrorKind::state,
               fmt::format("{} is version {}, this {} {} needs version {}, and it cannot be "
                           "written to migrate it",
                           name_of(connection), version, program_of(mode), program_version, wanted),
               "see whose it is: ls -l " + shell_word(connection.path().string()))
        .with_code("state_older");
}

// "212 batches, 1,204,311 items"
std::string contents(Connection& connection) {
    Rows row =
        connection.query("SELECT count(*), coalesce(sum(total), 0) FROM batch WHERE status >= 0");
    row.next();
    return fmt::format("{}, {}",
                       row.integer(0) == 1 ? "1 batch" : grouped(row.integer(0)) + " batches",
                       plural(row.integer(1), "item"));
}

// The lock of the state file, unless the caller holds it.
std::optional<FileLock> lock_for(const Connection& connection, OpenMode mode, int version) {
    if (mode == OpenMode::own) {
        return std::nullopt;
    }
    const auto file = StatePaths{connection.path()}.lock();
    auto lock = FileLock::try_lock(file, "batchctl");
    if (!lock) {
        throw in_use(connection, version, holder_of(file));
    }
    return lock;
}

}  // namespace

int version_of(Connection& connection) {
    return static_cast<int>(connection.query("PRAGMA user_version").next_integer());
}

void refuse_newer(Connection& connection, OpenMode mode) {
    const int version = version_of(connection);
    const int known = newest_version();
    if (version <= known) {
        return;
    }
    const std::string writer = writer_of(connection);
    const auto older = newest_copy(connection, known);
    throw Error(
        ErrorKind::state,
        fmt::format("{} is version {}, written by {}; this {} {} knows up to {} and has not "
                    "touched it",
                    name_of(connection), version, writer, program_of(mode), program_version, known),
        older ? fmt::format("install {} or newer, or go back to the copy: --state {}", writer,
                            shell_word((connection.path().parent_path() / *older).string()))
              : fmt::format("install {} or newer", writer))
        .with_code("state_newer");
}

void migrate(Connection& connection, OpenMode mode, const MigrationNews& tell,
             std::span<const Migration> steps) {
    const int version = version_of(connection);
    if (version >= steps.back().version) {
        return;
    }
    if (connection.rights() != Rights::write) {
        throw not_now(connection, mode, version, steps.back().version);
    }
    const BootTime begun = BootClock::now();
    std::optional<FileLock> lock;
    if (version > 0) {
        lock = lock_for(connection, mode, version);
        const std::string name = copy(connection, version);
        crash_point("migration.copied");
        if (tell) {
            tell(fmt::format("{} is version {}, this is {}: copied to {}, migrating",
                             name_of(connection), version, steps.back().version, name));
        }
    }
    apply(connection, steps);
    if (version > 0 && tell) {
        tell(fmt::format("{} is version {} now: {}, {}", name_of(connection),
                         version_of(connection), contents(connection),
                         brief(std::chrono::duration_cast<Millis>(BootClock::now() - begun))));
    }
}

}  // namespace batch::sqlite
