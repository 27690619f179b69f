#include "core/store/sqlite/checkpoint.hpp"

#include "core/os/crash_point.hpp"
#include "core/os/lock.hpp"
#include "core/store/store.hpp"

#include <sqlite3.h>

#include <system_error>

namespace batch::sqlite {
namespace {

constexpr Millis checkpoint_patience{100};

// While it lives, a lock that is not free in time interrupts the connection.
//
// A TRUNCATE whose busy handler merely gives up goes on as a PASSIVE one without the writer's lock,
// and in SQLite 3.40 a writer may then reset the log under it: frames are lost (the WAL-reset bug).
// An interrupt ends it before that.
class Hurry {
public:
    explicit Hurry(Connection& connection) : patience_(connection.patience()), before_(patience_) {
        patience_.limit = checkpoint_patience;
        patience_.interrupt = connection.database().getHandle();
    }

    Hurry(const Hurry&) = delete;
    Hurry& operator=(const Hurry&) = delete;

    ~Hurry() { patience_ = before_; }

private:
    Patience& patience_;
    Patience before_;
};

}  // namespace

std::uint64_t wal_bytes(const Connection& connection) {
    std::filesystem::path log = connection.path();
    log += "-wal";
    std::error_code error;
    const auto size = std::filesystem::file_size(log, error);
    return error ? 0 : size;
}

bool checkpoint(Connection& connection) {
    const Hurry hurry(connection);
    crash_point("checkpoint.begun");
    const int code = sqlite3_wal_checkpoint_v2(connection.database().getHandle(), "main",
                                               SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    switch (code & 0xff) {
        case SQLITE_OK: crash_point("checkpoint.done"); return true;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_INTERRUPT: return false;
        default: connection.fail();
    }
}

void checkpoint_in_passing(Connection& connection, std::uint64_t limit) {
    if (wal_bytes(connection) < limit) {
        return;
    }
    try {
        const auto lock = FileLock::try_lock(StatePaths{connection.path()}.lock(), "batchctl");
        if (lock) {
            checkpoint(connection);
        }
    } catch (const Error&) {
        // What the caller has stored is stored; a daemon will move the log.
    }
}

}  // namespace batch::sqlite
