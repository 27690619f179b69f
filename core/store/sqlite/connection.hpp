#pragma once

#include "core/base/error.hpp"
#include "core/store/sqlite/statement.hpp"

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace batch::sqlite {

/// How long a connection waits while others hold the locks, and what it does then.
struct Patience {
    Millis limit{5'000};
    BootTime since{};
    sqlite3* interrupt = nullptr;  ///< told to stop what it does when the limit is reached
};

/// What a connection may do.
enum class Rights {
    write,
    read,   ///< the file or its folder cannot be written
    frozen  ///< nor can its log be read: what was written last may be missing
};

/// One connection to a state file, set as the protocol wants it; for one thread.
class Connection {
public:
    /// Opens the file, which is there, and changes nothing of it.
    explicit Connection(const std::filesystem::path& path, Rights rights = Rights::write);

    Rights rights() const noexcept { return rights_; }

    void require_writable() const;

    /// Why it could not be opened for writing: what a change says then.
    void remember(std::optional<Error> why) { why_read_only_ = std::move(why); }

    /// WAL, synchronous=FULL and what else the protocol asks for, each read back.
    void set_up();

    /// Closes the file and opens it again, with the same settings.
    void reopen();

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The statement, prepared at its first use; `sql` is a constant that outlives us.
    Statement& prepared(const char* sql);

    template <typename... Values>
    Rows query(const char* sql, const Values&... values) {
        return Rows(prepared(sql).with(values...));
    }

    /// Returns how many rows it changed.
    template <typename... Values>
    std::int64_t run(const char* sql, const Values&... values) {
        prepared(sql).run(values...);
        return changes();
    }

    /// Several statements without values or rows.
    void execute(const std::string& script);

    /// Rows that the last statement changed.
    std::int64_t changes() const;
    std::int64_t last_insert() const;

    /// Throws what went wrong last as Error{state}.
    [[noreturn]] void fail() const;

    SQLite::Database& database() { return *database_; }

    Patience& patience() { return patience_; }

    const std::filesystem::path& path() const { return path_; }

private:
    void open();
    void assign(const char* setting);

    std::filesystem::path path_;
    Rights wanted_;
    Rights rights_;  ///< less than wanted if the file may not be written now
    std::optional<Error> why_read_only_;
    Patience patience_;
    std::optional<SQLite::Database> database_;     ///< absent after a reopen() that failed
    std::map<const char*, Statement> statements_;  ///< goes before the database
};

enum class Access { read, write };

/// Rolled back unless committed.  A writing one takes the writer's lock at once: to ask for it
/// after a read would fail without waiting.  A reading one within a writing one is a part of that.
class Transaction {
public:
    Transaction(Connection& connection, Access access);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// If this throws, the changes may have been stored nevertheless.
    void commit();

private:
    Connection& connection_;
    bool open_ = true;
};

}  // namespace batch::sqlite
