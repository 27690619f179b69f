#pragma once

#include "core/config/settings.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace batch {

/// One fact of a log line for programs: {"count", "16"}; numbers are written without quotes.
struct LogField {
    std::string_view name;
    std::string value;
    bool number = false;
};

/// The daemon's log on standard error: a line for people on a terminal, one JSON object per line
/// elsewhere; with `journal` a line with its priority in front (sd-daemon(3)).  Item failures are
/// no errors of ours and appear at debug only.
///
/// A log that nobody takes holds up nothing: what would have to wait for a slow reader, a full disk
/// or a closed descriptor is dropped, counted, and told of once lines are taken again.  Loop thread
/// only.
class Log {
public:
    explicit Log(const Settings::Log& settings) { set(settings); }

    void set(const Settings::Log& settings);

    /// Whether a line of this level is written at all: asked where its text costs something.
    bool shows(LogLevel level) const noexcept { return level <= most_; }

    /// `event` is a stable word for programs.
    void write(LogLevel level, std::string_view event, std::string_view message,
               std::initializer_list<LogField> fields = {}) const;

    void error(std::string_view event, std::string_view message,
               std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::error, event, message, fields);
    }

    void warn(std::string_view event, std::string_view message,
              std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::warn, event, message, fields);
    }

    void info(std::string_view event, std::string_view message,
              std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::info, event, message, fields);
    }

    void debug(std::string_view event, std::string_view message,
               std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::debug, event, message, fields);
    }

private:
    std::string line_of(LogLevel level, std::string_view event, std::string_view message,
                        std::initializer_list<LogField> fields) const;
    bool offer(std::string_view line) const;

    LogFormat format_ = LogFormat::human;
    LogLevel most_ = LogLevel::info;
    mutable std::uint64_t dropped_ = 0;
    mutable bool mid_line_ = false;  ///< the last line was only taken in part
};

}  // namespace batch
