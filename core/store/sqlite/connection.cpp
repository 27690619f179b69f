#include "core/store/sqlite/connection.hpp"

#include "core/store/sqlite/failure.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <array>
#include <thread>
#include <tuple>
#include <utility>

namespace batch::sqlite {
namespace {

constexpr std::chrono::microseconds between_looks{500};

// SQLite's own busy handler sleeps up to 100 ms between looks, and a program that takes the lock
// again at once never lets it win.
int wait_for_lock(void* argument, int looks) noexcept {
    Patience& patience = *static_cast<Patience*>(argument);
    if (looks == 0) {
        patience.since = BootClock::now();
    }
    if (BootClock::now() - patience.since < patience.limit) {
        std::this_thread::sleep_for(between_looks);
        return 1;
    }
    if (patience.interrupt != nullptr) {
        sqlite3_interrupt(patience.interrupt);
    }
    return 0;
}

struct Setting {
    const char* assign;
    const char* read;
    const char* wanted;
};

constexpr std::array settings{
    Setting{"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
    Setting{"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
    Setting{"PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0"},
    Setting{"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1"},
    Setting{"PRAGMA temp_store=MEMORY", "PRAGMA temp_store", "2"},
    Setting{"PRAGMA cache_size=-1200", "PRAGMA cache_size", "-1200"},
};

constexpr const char* begin_reading = "BEGIN";
constexpr const char* begin_writing = "BEGIN IMMEDIATE";
constexpr const char* commit_all = "COMMIT";
constexpr const char* roll_back = "ROLLBACK";

/// A path as a URI for sqlite3_open_v2(); only this way a file can be said not to change.
std::string frozen_uri(const std::filesystem::path& path) {
    std::string uri = "file:";
    for (const char byte : path.string()) {
        if (byte == '%' || byte == '?' || byte == '#') {
            uri += fmt::format("%{:02X}", static_cast<unsigned>(byte));
        } else {
            uri += byte;
        }
    }
    return uri + "?immutable=1";
}

SQLite::Database opened(const std::filesystem::path& path, Rights rights) {
    // Nobody asks how much memory SQLite uses, and counting it costs a mutex per allocation.
    [[maybe_unused]] static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    try {
        if (rights == Rights::frozen) {
            return {frozen_uri(path),
                    SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX};
        }
        return {path.string(),
                (rights == Rights::write ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY) |
                    SQLite::OPEN_NOMUTEX};
    } catch (const SQLite::Exception& error) {
        throw state_error(path, error.getExtendedErrorCode(), error.what());
    }
}

}  // namespace

Connection::Connection(const std::filesystem::path& path, Rights rights)
    : path_(path), wanted_(rights), rights_(rights) {
    open();
}

void Connection::reopen() {
    statements_.clear();
    database_.reset();
    open();
    set_up();
}

void Connection::open() {
    rights_ = wanted_;
    database_.emplace(opened(path_, rights_));
    sqlite3* handle = database_->getHandle();
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_handler(handle, wait_for_lock, &patience_);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // SQLite opens a file that it may not write for reading, without a word.
    if (rights_ == Rights::write && sqlite3_db_readonly(handle, "main") == 1) {
        rights_ = Rights::read;
    }
}

void Connection::require_writable() const {
    if (rights_ != Rights::write) {
        throw why_read_only_.value_or(state_error(path_, SQLITE_READONLY, {}));
    }
}

/// Of several programs that open a new file at once SQLite tells all but one to come again, when
/// they change the journal, without asking the busy handler (sqlite3_busy_handler(), "deadlock").
void Connection::assign(const char* setting) {
    const BootTime end = BootClock::now() + patience_.limit;
    for (;;) {
        try {
            execute(setting);
            return;
        } catch (const Error& error) {
            if (error.code() != "state_locked" || BootClock::now() >= end) {
                throw;
            }
        }
        std::this_thread::sleep_for(Millis{1});
    }
}

void Connection::set_up() {
    for (const Setting& setting : settings) {
        assign(setting.assign);
        if (query(setting.read).next_text() != setting.wanted) {
            throw Error(ErrorKind::state,
                        fmt::format("{}: \"{}\" has no effect", path_.string(), setting.assign),
                        "put the state file on a local disk: --state PATH");
        }
    }
}

Statement& Connection::prepared(const char* sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) {
        return found->second;
    }
    try {
        return statements_
            .emplace(std::piecewise_construct, std::forward_as_tuple(sql),
                     std::forward_as_tuple(*this, sql))
            .first->second;
    } catch (const SQLite::Exception& error) {
        throw state_error(path_, error.getExtendedErrorCode(), error.what());
    }
}

void Connection::execute(const std::string& script) {
    if (database_->tryExec(script) != SQLITE_OK) {
        fail();
    }
}

std::int64_t Connection::changes() const {
    return database_->getChanges();
}

std::int64_t Connection::last_insert() const {
    return database_->getLastInsertRowid();
}

void Connection::fail() const {
    sqlite3* handle = database_->getHandle();
    if (why_read_only_ && sqlite3_errcode(handle) == SQLITE_READONLY) {
        throw *why_read_only_;
    }
    throw state_error(path_, sqlite3_extended_errcode(handle), sqlite3_errmsg(handle));
}

Transaction::Transaction(Connection& connection, Access access) : connection_(connection) {
    const bool within = sqlite3_get_autocommit(connection.database().getHandle()) == 0;
    if (within && access == Access::read) {
        open_ = false;
        return;
    }
    connection_.run(access == Access::write ? begin_writing : begin_reading);
}

Transaction::~Transaction() {
    if (!open_) {
        return;
    }
    try {
        connection_.run(roll_back);
    } catch (const Error&) {
        // After some errors SQLite has rolled back by itself, and says so here.
    }
}

void Transaction::commit() {
    connection_.run(commit_all);
    open_ = false;
}

}  // namespace batch::sqlite
