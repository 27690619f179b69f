#include "cli/daemon_child.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"
#include "core/os/lock.hpp"

#include <fmt/core.h>

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>

namespace batch::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto look_for_holder_every = 50ms;
constexpr auto pause_after_work = 1s;  // it left because nothing could be done then
constexpr auto first_pause = 100ms;    // after a failure; doubled each time
constexpr auto good_life = 10s;        // after that a failure is the first one again
constexpr int most_failures = 5;
constexpr int lost_the_race = 9;
constexpr std::size_t largest_log = 1 << 20;  // then it begins anew

Fd open_log(const fs::path& path) {
    std::error_code ignored;
    const auto size = fs::file_size(path, ignored);
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    Fd fd{::open(path.c_str(), !ignored && size > largest_log ? flags | O_TRUNC : flags,
                 private_file)};
    if (!fd) {
        throw system_error("open " + path.string(), errno);
    }
    return fd;
}

/// The last line that is no hint.
std::string last_words(const fs::path& path) {
    std::string words;
    try {
        for (const std::string& line : split(read_file(path, 2 * largest_log), '\n')) {
            if (!line.empty() && !line.starts_with("hint: ")) {
                words = line;
            }
        }
    } catch (const Error&) {
        return {};  // a log that cannot be read only costs the explanation
    }
    return words;
}

ErrorKind kind_of(int code) {
    for (const ErrorKind kind : {ErrorKind::usage, ErrorKind::not_found, ErrorKind::login,
                                 ErrorKind::unavailable, ErrorKind::state}) {
        if (exit_status(kind) == code) {
            return kind;
        }
    }
    return ErrorKind::operation;
}

}  // namespace

fs::path find_batchd() {
    std::error_code ignored;
    const fs::path beside = fs::read_symlink("/proc/self/exe", ignored).parent_path() / "batchd";
    if (!ignored && fs::exists(beside, ignored)) {
        return beside;
    }
    const char* const path = std::getenv("PATH");
    if (const auto found = find_program("batchd", path == nullptr ? "" : path)) {
        return *found;
    }
    throw Error(ErrorKind::not_found, "there is no batchd, neither beside batchctl nor in PATH",
                "it belongs to the same package: apt install batchctl");
}

DaemonChild::DaemonChild(Context& context) : context_(context) {}

DaemonChild::~DaemonChild() {
    if (is_running()) {
        child_->signal(SIGTERM);
        child_->wait();
    }
}

void DaemonChild::keep_one_running() {
    const BootTime at = BootClock::now();
    if (child_) {
        if (const auto exit = child_->try_wait()) {
            child_.reset();
            next_look_ = at;
            look_at(*exit);
        }
        return;
    }
    if (at < not_before_ || at < next_look_) {
        return;
    }
    next_look_ = at + look_for_holder_every;
    if (!holder_of(context_.paths().lock())) {
        start();
    }
}

void DaemonChild::start() {
    const StatePaths paths = context_.paths();
    const Globals& globals = context_.globals();
    const Fd log = open_log(paths.log());
    batch::Command command{.argv = {find_batchd(), "--drain", "--state", paths.state},
                           .group = Group::session};
    if (globals.config) {
        command.argv.insert(command.argv.end(), {"--config", fs::absolute(*globals.config)});
    }
    if (globals.system) {
        command.argv.emplace_back("--system");
    }
    command.err = log.get();
    child_ = Child::spawn(command);
    started_ = BootClock::now();
}

void DaemonChild::look_at(const Exit& exit) {
    const BootTime at = BootClock::now();
    if (exit == Exit{.code = lost_the_race}) {
        return;
    }
    if (exit.ok()) {
        failures_ = 0;
        not_before_ = at + pause_after_work;
        return;
    }
    failures_ = at - started_ > good_life ? 1 : failures_ + 1;
    // What it said itself will not be otherwise the next time; a crash may be.
    const bool told = exit.signal == 0 && kind_of(exit.code) != ErrorKind::operation;
    if (told || failures_ >= most_failures) {
        give_up(exit);
    }
    not_before_ = at + first_pause * (1 << failures_);
}

void DaemonChild::give_up(const Exit& exit) const {
    const fs::path log = context_.paths().log();
    std::string said = last_words(log);
    constexpr std::string_view prefix = "batchd: error: ";
    if (said.starts_with(prefix)) {
        said.erase(0, prefix.size());
    }
    const ErrorKind kind = exit.signal == 0 ? kind_of(exit.code) : ErrorKind::operation;
    throw Error(
        kind, fmt::format("batchd ended with {}{}", text_of(exit), said.empty() ? "" : ": " + said),
        "its log: less " + shell_word(log.string()));
}

void DaemonChild::ask_to_leave() {
    if (is_running()) {
        child_->signal(SIGTERM);
    }
}

bool DaemonChild::is_running() {
    return child_ && !child_->try_wait();
}

}  // namespace batch::cli
