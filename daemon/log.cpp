#include "daemon/log.hpp"

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <array>

#include <unistd.h>

namespace batch {
namespace {

constexpr std::array<std::string_view, 4> words{"error", "warn", "info", "debug"};

std::string human(LogLevel level, std::string_view message) {
    const std::string stamp = calendar(now(), Zone::local);
    return fmt::format("{} {:<6} {}\n", stamp.substr(stamp.find(' ') + 1),
                       words.at(static_cast<std::size_t>(level)), printable(message));
}

std::string journal(LogLevel level, std::string_view message) {
    constexpr std::array<int, 4> priorities{3, 4, 6, 7};  // syslog(3)
    return fmt::format("<{}>{}\n", priorities.at(static_cast<std::size_t>(level)),
                       printable(message));
}

std::string json(LogLevel level, std::string_view event, std::string_view message,
                 std::initializer_list<LogField> fields) {
    std::string line =
        fmt::format(R"({{"v":1,"ts":"{}","level":"{}","event":"{}","msg":)", rfc3339(now()),
                    words.at(static_cast<std::size_t>(level)), event);
    append_json_string(line, printable(message));
    for (const LogField& field : fields) {
        line += fmt::format(",\"{}\":", field.name);
        if (field.number) {
            line += field.value;
        } else {
            append_json_string(line, printable(field.value));
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
    const std::string line = format_ == LogFormat::json      ? json(level, event, message, fields)
                             : format_ == LogFormat::journal ? journal(level, message)
                                                             : human(level, message);
    // A log that cannot be written must not stop the work.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace batch
