#include "core/store/sqlite/statement.hpp"

#include "core/store/sqlite/connection.hpp"

#include <sqlite3.h>
#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>

namespace batch::sqlite {

Statement::Statement(Connection& connection, const char* sql)
    : connection_(connection),
      statement_(connection.database(), sql),
      texts_(static_cast<std::size_t>(statement_.getBindParameterCount())) {}

bool Statement::next() {
    const int code = statement_.tryExecuteStep();
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        connection_.fail();
    }
    return false;
}

void Statement::start() noexcept {
    reset();
    place_ = 0;
}

void Statement::execute() {
    while (next()) {
    }
    reset();
}

// A failure was thrown by the step already; sqlite3_reset() only repeats its code.
void Statement::reset() noexcept {
    statement_.tryReset();
}

std::int64_t Statement::integer(int column) {
    return statement_.getColumn(column).getInt64();
}

std::string_view Statement::text(int column) {
    const SQLite::Column value = statement_.getColumn(column);
    const char* begin = value.getText();  // before getBytes(): it may convert
    return {begin, static_cast<std::size_t>(value.getBytes())};
}

bool Statement::is_null(int column) {
    return statement_.isColumnNull(column);
}

void Statement::bind_integer(int place, std::int64_t value) {
    statement_.bind(place, value);
}

// SQLiteCpp takes only a std::string without copying it; and ours is still there at the next step.
void Statement::bind_text(int place, std::string_view value) {
    std::string& kept = texts_[static_cast<std::size_t>(place - 1)];
    kept.assign(value);
    statement_.bindNoCopy(place, kept);
}

void Statement::bind_null(int place) {
    statement_.bind(place);
}

std::optional<TimePoint> Rows::maybe_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

std::int64_t Rows::next_integer() {
    next();
    return integer(0);
}

std::string Rows::next_text() {
    next();
    return string(0);
}

}  // namespace batch::sqlite
