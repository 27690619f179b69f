#include "daemon/log.hpp"

#include "core/base/json.hpp"
#include "core/base/redact.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <array>

#include <poll.h>
#include <unistd.h>

namespace batch {
namespace {

constexpr std::array<std::string_view, 4> words{"error", "warn", "info", "debug"};

constexpr std::size_t longest = 1200;  // bytes of a text: also when escaped the line fits a pipe

/// Printable, without secrets, and not longer than a line may be.
std::string shown(std::string_view text) {
    std::string whole = printable(redact(front_bytes(text, 4 * longest)));
    if (whole.size() <= longest && text.size() <= 4 * longest) {
        return whole;
    }
    return fmt::format("{} ... ({} bytes)", front_bytes(whole, longest), text.size());
}

std::string human(LogLevel level, std::string_view message) {
    const std::string stamp = calendar(now(), Zone::local);
    return fmt::format("{} {:<6} {}\n", stamp.substr(stamp.find(' ') + 1),
                       words.at(static_cast<std::size_t>(level)), shown(message));
}

std::string journal(LogLevel level, std::string_view message) {
    constexpr std::array<int, 4> priorities{3, 4, 6, 7};  // syslog(3)
    return fmt::format("<{}>{}\n", priorities.at(static_cast<std::size_t>(level)), shown(message));
}

std::string json(LogLevel level, std::string_view event, std::string_view message,
                 std::initializer_list<LogField> fields) {
    std::string line =
        fmt::format(R"({{"v":1,"ts":"{}","level":"{}","event":"{}","msg":)", rfc3339(now()),
                    words.at(static_cast<std::size_t>(level)), event);
    append_json_string(line, shown(message));
    for (const LogField& field : fields) {
        line += fmt::format(",\"{}\":", field.name);
        if (field.number) {
            line += field.value;
        } else {
            append_json_string(line, shown(field.value));
        }
    }
    line += "}\n";
    return line;
}

}  // namespace

void Log::set(const Settings::Log& settings) {
    most_ = settings.level;
    format_ = settings.format;
    if (format_ == LogFormat::automatic) {
        format_ = is_terminal(STDERR_FILENO) ? LogFormat::human : LogFormat::json;
    }
}

void Log::write(LogLevel level, std::string_view event, std::string_view message,
                std::initializer_list<LogField> fields) const {
    if (!shows(level)) {
        return;
    }
    if (dropped_ > 0) {
        const std::string count = std::to_string(dropped_);
        if (offer(line_of(LogLevel::warn, "log_dropped", count + " log lines were taken by nobody",
                          {{"count", count, true}}))) {
            dropped_ = 0;
        }
    }
    if (dropped_ > 0 || !offer(line_of(level, event, message, fields))) {
        ++dropped_;
    }
}

std::string Log::line_of(LogLevel level, std::string_view event, std::string_view message,
                         std::initializer_list<LogField> fields) const {
    switch (format_) {
        case LogFormat::json: return json(level, event, message, fields);
        case LogFormat::journal: return journal(level, message);
        default: return human(level, message);
    }
}

// A pipe that is ready takes a line of up to PIPE_BUF (4096 bytes) whole, without a wait.
bool Log::offer(std::string_view line) const {
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
        return false;
    }
    std::string text = mid_line_ ? "\n" : "";
    text += line;
    const ssize_t taken = ::write(STDERR_FILENO, text.data(), text.size());
    mid_line_ = taken > 0 ? taken < static_cast<ssize_t>(text.size()) : mid_line_;
    return taken == static_cast<ssize_t>(text.size());
}

}  // namespace batch
