// How fast SQLite stores rows of 200 bytes, in one thread with synchronous=FULL:
//
//     limit_sqlite textbook FILE ROWS     one table with status, payload and output, in groups of
//                                         1,000: insert all, then give each its output
//     limit_sqlite items FILE ROWS        the item table of the state file, in slices of 5,000,
//                                         the log moved into the file whenever it passes 16 MB
//
// Prints for each loop: seconds, seconds of CPU.

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace {

constexpr int textbook_group = 1'000;
constexpr int item_slice = 5'000;
constexpr long long checkpoint_at = 16'000'000;

double seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

class Database {
public:
    explicit Database(const std::string& path) : log_(path + "-wal") {
        check(sqlite3_open(path.c_str(), &handle_));
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
            "PRAGMA cache_size=-8000");
    }

    ~Database() { sqlite3_close_v2(handle_); }

    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void run(const char* sql) { check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }

    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr));
        return statement;
    }

    void step(sqlite3_stmt* statement) {
        sqlite3_step(statement);
        check(sqlite3_reset(statement));
    }

    void checkpoint_if_long() {
        struct stat log {};

        if (::stat(log_.c_str(), &log) == 0 && log.st_size > checkpoint_at) {
            check(sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                            nullptr));
        }
    }

private:
    void check(int code) {
        if (code != SQLITE_OK) {
            std::fprintf(stderr, "limit_sqlite: %s\n", sqlite3_errmsg(handle_));
            std::exit(1);
        }
    }

    sqlite3* handle_ = nullptr;
    std::string log_;
};

struct Loop {
    long rows = 0;
    int group = 0;
    bool checkpoint = false;
    sqlite3_stmt* statement = nullptr;
};

void measure(Database& database, const Loop& loop, const std::function<void(long)>& bind) {
    sqlite3_stmt* const begin = database.prepare("BEGIN IMMEDIATE");
    sqlite3_stmt* const commit = database.prepare("COMMIT");
    const double wall = seconds(CLOCK_MONOTONIC);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long row = 0; row < loop.rows; ++row) {
        if (row % loop.group == 0) {
            database.step(begin);
        }
        bind(row);
        database.step(loop.statement);
        if ((row + 1) % loop.group == 0 || row + 1 == loop.rows) {
            database.step(commit);
            if (loop.checkpoint) {
                database.checkpoint_if_long();
            }
        }
    }
    std::printf("%.6f %.6f\n", seconds(CLOCK_MONOTONIC) - wall,
                seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    for (sqlite3_stmt* const each : {begin, commit, loop.statement}) {
        sqlite3_finalize(each);
    }
}

void bind_text(sqlite3_stmt* statement, int place, std::string_view text) {
    sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void textbook(Database& database, long rows) {
    const std::string text(200, 'x');
    database.run(
        "CREATE TABLE item(batch INTEGER NOT NULL, idx INTEGER NOT NULL, status INTEGER NOT NULL, "
        "payload BLOB, output BLOB, PRIMARY KEY(batch, idx)) WITHOUT ROWID");
    Loop loop{.rows = rows, .group = textbook_group};
    loop.statement = database.prepare("INSERT INTO item VALUES(1, ?1, 0, ?2, NULL)");
    measure(database, loop, [&](long row) {
        sqlite3_bind_int64(loop.statement, 1, row);
        bind_text(loop.statement, 2, text);
    });
    loop.statement =
        database.prepare("UPDATE item SET status = 2, output = ?2 WHERE batch = 1 AND idx = ?1");
    measure(database, loop, [&](long row) {
        sqlite3_bind_int64(loop.statement, 1, row);
        bind_text(loop.statement, 2, text);
    });
}

void items(Database& database, long rows) {
    const std::string text(200, 'x');
    database.run(
        "CREATE TABLE item(id INTEGER PRIMARY KEY, line INTEGER NOT NULL, payload TEXT NOT NULL) "
        "STRICT");
    Loop loop{.rows = rows, .group = item_slice, .checkpoint = true};
    loop.statement = database.prepare("INSERT INTO item(id, line, payload) VALUES(?1, ?2, ?3)");
    measure(database, loop, [&](long row) {
        sqlite3_bind_int64(loop.statement, 1, 1LL << 32 | row);
        sqlite3_bind_int64(loop.statement, 2, row + 2);
        bind_text(loop.statement, 3, text);
    });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: limit_sqlite textbook|items FILE ROWS\n", stderr);
        return 2;
    }
    Database database(argv[2]);
    const long rows = std::atol(argv[3]);
    if (std::string_view(argv[1]) == "textbook") {
        textbook(database, rows);
    } else {
        items(database, rows);
    }
}
