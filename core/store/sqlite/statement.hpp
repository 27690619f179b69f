#pragma once

#include "core/base/time.hpp"

#include <SQLiteCpp/Statement.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch::sqlite {

class Connection;

/// A statement that is prepared once and used again and again.  Its errors are Error{state}.
class Statement {
public:
    Statement(Connection& connection, const char* sql);

    /// Starts anew with these values for ?1, ?2, ...; texts are copied.
    template <typename... Values>
    Statement& with(const Values&... values) {
        start();
        add(values...);
        return *this;
    }

    /// Runs it to its end with these values.
    template <typename... Values>
    void run(const Values&... values) {
        with(values...).execute();
    }

    /// The same in steps, for statements with many values: start(), add() again and again,
    /// execute().
    void start() noexcept;

    template <typename... Values>
    void add(const Values&... values) {
        (bind(++place_, values), ...);
    }

    void execute();

    /// Goes to the first, then to the next row; false after the last.
    bool next();

    /// Forgets the rows that are left: an open one would hold up a checkpoint.
    void reset() noexcept;

    // Columns of the row, from 0.
    std::int64_t integer(int column);

    /// Empty if it is NULL; valid until the next row.
    std::string_view text(int column);
    bool is_null(int column);

private:
    template <std::integral Number>
    void bind(int place, Number value) {
        bind_integer(place, static_cast<std::int64_t>(value));
    }

    void bind(int place, TimePoint value) { bind_integer(place, value.time_since_epoch().count()); }

    void bind(int place, Millis value) { bind_integer(place, value.count()); }

    void bind(int place, std::string_view value) { bind_text(place, value); }

    template <typename Value>
    void bind(int place, const std::optional<Value>& value) {
        if (value) {
            bind(place, *value);
        } else {
            bind_null(place);
        }
    }

    void bind_integer(int place, std::int64_t value);
    void bind_text(int place, std::string_view value);
    void bind_null(int place);

    Connection& connection_;
    SQLite::Statement statement_;
    int place_ = 0;                   ///< of the value that was bound last
    std::vector<std::string> texts_;  ///< one per place; their memory is used again
};

/// The rows of a query; lets go of them when it is destroyed.
class Rows {
public:
    explicit Rows(Statement& statement) noexcept : statement_(statement) {}

    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    ~Rows() { statement_.reset(); }

    bool next() { return statement_.next(); }

    std::int64_t integer(int column) const { return statement_.integer(column); }

    std::string_view text(int column) const { return statement_.text(column); }

    std::string string(int column) const { return std::string(text(column)); }

    bool is_null(int column) const { return statement_.is_null(column); }

    TimePoint time(int column) const { return TimePoint(Millis(integer(column))); }

    std::optional<TimePoint> maybe_time(int column) const;

    /// The first column of the next row, which must be there.
    std::int64_t next_integer();
    std::string next_text();

private:
    Statement& statement_;
};

}  // namespace batch::sqlite
