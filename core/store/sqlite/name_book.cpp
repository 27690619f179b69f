#include "core/store/name_book.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>

namespace batch {
namespace {

constexpr auto schema = R"(
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -2000;
    CREATE TABLE name(name TEXT PRIMARY KEY, owner INTEGER NOT NULL, line INTEGER NOT NULL,
                      number INTEGER NOT NULL DEFAULT 1) STRICT, WITHOUT ROWID;
    BEGIN;
)";
constexpr auto insert =
    "INSERT INTO name(name, owner, line) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING";
constexpr auto find = "SELECT owner, line FROM name WHERE name = ?1";
constexpr auto count = "UPDATE name SET number = number + 1 WHERE name = ?1 RETURNING number";

// The file is a temporary one, so it is the disk or the folder for such files that fails.
template <typename Action>
auto checked(Action&& action) {
    try {
        return action();
    } catch (const SQLite::Exception& error) {
        throw Error(ErrorKind::operation,
                    fmt::format("cannot keep the names of the outputs in a temporary file: {}",
                                error.getErrorStr()),
                    "make room in /tmp, or name another folder: SQLITE_TMPDIR=DIR");
    }
}

class SqliteNameBook final : public NameBook {
public:
    // An empty name is a temporary file that SQLite removes (sqlite3_open_v2(3)).
    SqliteNameBook()
        : database_("", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE),
          ready_(set_up()),
          insert_(database_, insert),
          find_(database_, find),
          count_(database_, count) {}

    std::optional<NameOwner> take(std::string_view name, const NameOwner& owner) override {
        return checked([&] { return take_text(std::string(name), owner); });
    }

    int next_number(std::string_view name) override {
        return checked([&] { return next_number_of(std::string(name)); });
    }

private:
    std::optional<NameOwner> take_text(const std::string& text, const NameOwner& owner) {
        insert_.reset();
        insert_.bindNoCopy(1, text);
        insert_.bind(2, owner.index);
        insert_.bind(3, owner.line);
        if (insert_.exec() == 1) {
            return std::nullopt;
        }
        find_.reset();
        find_.bindNoCopy(1, text);
        find_.executeStep();
        return NameOwner{find_.getColumn(0).getInt64(), find_.getColumn(1).getInt64()};
    }

    int next_number_of(const std::string& text) {
        count_.reset();
        count_.bindNoCopy(1, text);
        const int number = count_.executeStep() ? count_.getColumn(0).getInt() : 1;
        count_.reset();
        return number;
    }

    bool set_up() {
        database_.exec(schema);
        return true;
    }

    SQLite::Database database_;
    bool ready_;
    SQLite::Statement insert_;
    SQLite::Statement find_;
    SQLite::Statement count_;
};

}  // namespace

std::unique_ptr<NameBook> open_name_book() {
    return checked([] { return std::make_unique<SqliteNameBook>(); });
}

}  // namespace batch
