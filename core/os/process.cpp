#include "core/os/process.hpp"

#include "core/base/error.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace batch {

namespace {

/// The field with this number, counted from the state, which is field 3 (proc(5)).
std::string_view field(std::string_view after_name, int number) {
    for (int skip = 3; skip < number; ++skip) {
        const auto blank = after_name.find(' ');
        if (blank == std::string_view::npos) {
            return {};
        }
        after_name.remove_prefix(blank + 1);
    }
    return after_name.substr(0, after_name.find(' '));
}

template <typename Number>
Number number_in(std::string_view text) {
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

int number_of(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
    const int number = text != nullptr ? number_in<int>(text) : 0;
    return number > 0 ? number : otherwise;
}

}  // namespace

std::optional<ProcessStat> stat_of(pid_t pid) {
    std::string line;
    try {
        line = read_file(fmt::format("/proc/{}/stat", pid), 4096);
    } catch (const Error&) {
        return std::nullopt;  // gone between any two of our calls
    }
    // The name is in parentheses and may contain some itself, and blanks.
    const auto end_of_name = line.rfind(") ");
    if (end_of_name == std::string::npos) {
        return std::nullopt;
    }
    const std::string_view rest = std::string_view{line}.substr(end_of_name + 2);
    return ProcessStat{.state = field(rest, 3).front(),
                       .parent = number_in<pid_t>(field(rest, 4)),
                       .group = number_in<pid_t>(field(rest, 5)),
                       .start_time = number_in<std::uint64_t>(field(rest, 22))};
}

const std::string& boot_id() {
    static const std::string id = [] {
        std::string text = read_file("/proc/sys/kernel/random/boot_id", 64);
        while (!text.empty() && text.back() == '\n') {
            text.pop_back();
        }
        return text;
    }();
    return id;
}

ProcessName own_name() {
    const auto stat = stat_of(::getpid());
    return {.pid = ::getpid(), .start_time = stat ? stat->start_time : 0, .boot_id = boot_id()};
}

bool is_alive(const ProcessName& process) {
    if (process.pid <= 0 || process.boot_id != boot_id()) {
        return false;
    }
    const auto stat = stat_of(process.pid);
    return stat && stat->start_time == process.start_time && stat->state != 'Z' &&
           stat->state != 'X';
}

void open_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            // The lowest free number is this one.
            ::open("/dev/null", O_RDWR);  // NOLINT(android-cloexec-open): children may have it
        }
    }
}

void keep_inherited_descriptors() {
    // A kernel before 5.11 does not know the flag; then a child sees what our parent let us see.
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

std::string user_name() {
    // Only ever called by the thread that runs main, so the static buffer of getpwuid is ours.
    const passwd* entry = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe)
    return entry != nullptr ? std::string{entry->pw_name} : fmt::format("{}", ::geteuid());
}

bool is_terminal(int fd) {
    return ::isatty(fd) == 1;
}

int terminal_width(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return number_of("COLUMNS", 80);
}

int terminal_height(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
        return size.ws_row;
    }
    return number_of("LINES", 24);
}

}  // namespace batch
