#include "core/os/child.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgets extern "C"
}
#include "core/base/error.hpp"
#include "core/os/process.hpp"
#include "core/os/signals.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;

namespace {

void check(int reason) {
    if (reason != 0) {
        throw system_error("prepare a program", reason);
    }
}

/// What posix_spawn is told about descriptors and the folder.
class Actions {
public:
    explicit Actions(const Command& command) {
        check(::posix_spawn_file_actions_init(&actions_));
        std::vector<std::pair<int, int>> wanted{
            {command.in, 0}, {command.out, 1}, {command.err, 2}};
        wanted.insert(wanted.end(), command.more.begin(), command.more.end());
        const int above =
            1 + std::ranges::max_element(wanted, {}, &std::pair<int, int>::second)->second;
        for (const auto& [ours, theirs] : wanted) {
            add(ours, theirs, above);
        }
        // Libraries open descriptors that do not close themselves: libcurl's connections.
        check(::posix_spawn_file_actions_addclosefrom_np(&actions_, above));
        if (command.directory) {
            check(::posix_spawn_file_actions_addchdir_np(&actions_, command.directory->c_str()));
        }
    }

    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;

    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }

    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    void add(int ours, int theirs, int above) {
        if (ours < 0) {
            check(::posix_spawn_file_actions_addopen(&actions_, theirs, "/dev/null", O_RDWR, 0));
            return;
        }
        if (ours < above && ours != theirs) {
            // Another line of the list may replace this number before it is copied.
            moved_.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, above));
            if (!moved_.back()) {
                throw system_error("copy a descriptor", errno);
            }
            ours = moved_.back().get();
        }
        check(::posix_spawn_file_actions_adddup2(&actions_, ours, theirs));
    }

    posix_spawn_file_actions_t actions_{};
    std::vector<Fd> moved_;
};

/// Signals and the process group.
class Attributes {
public:
    explicit Attributes(Group group) {
        check(::posix_spawnattr_init(&attributes_));
        sigset_t none;
        ::sigemptyset(&none);
        sigset_t all;
        ::sigfillset(&all);
        ::sigdelset(&all, SIGKILL);
        ::sigdelset(&all, SIGSTOP);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        if (group == Group::own) {
            ::posix_spawnattr_setpgroup(&attributes_, 0);
            flags |= POSIX_SPAWN_SETPGROUP;
        } else if (group == Group::session) {
            flags |= POSIX_SPAWN_SETSID;
        }
        check(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
    }

    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }

    const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        result.push_back(const_cast<char*>(text.c_str()));  // execve(2) does not write to it
    }
    result.push_back(nullptr);
    return result;
}

/// What the first line of a script names, without its options.
std::string interpreter_of(const fs::path& script) {
    std::ifstream file(script, std::ios::binary);
    std::string line;
    std::getline(file, line);
    const auto begin = line.find_first_not_of("#! \t");
    const auto end = line.find_first_of(" \t\r", std::min(begin, line.size()));
    return begin == std::string::npos ? "of its first line" : line.substr(begin, end - begin);
}

Error cannot_run(const Command& command, int reason) {
    const std::string& name = command.argv.front();
    const bool by_path = name.find('/') != std::string::npos;
    const auto say = [&](ErrorKind kind, std::string_view why) {
        return Error(kind, fmt::format("cannot run \"{}\": {}", name, why));
    };
    if (command.directory && !fs::is_directory(*command.directory)) {
        return say(ErrorKind::not_found,
                   fmt::format("there is no folder {}", command.directory->native()));
    }
    if (reason == ENOENT && by_path && fs::exists(command.directory.value_or("") / name)) {
        return say(ErrorKind::not_found,
                   fmt::format("its interpreter {} is missing",
                               interpreter_of(command.directory.value_or("") / name)));
    }
    if (reason == ENOENT || (reason == EACCES && !is_in_path(name))) {
        return say(ErrorKind::not_found,
                   by_path ? "there is no such file" : "there is no such command in PATH");
    }
    if (reason == EACCES || reason == EPERM) {
        return say(ErrorKind::permission, "it may not be executed");
    }
    if (reason == ENOEXEC) {
        return say(ErrorKind::permission, "it is no program (a script begins with #!)");
    }
    if (reason == E2BIG) {
        return say(ErrorKind::bad_input, "its arguments are too long");
    }
    return say(reason == EAGAIN || reason == ENOMEM ? ErrorKind::unavailable : ErrorKind::operation,
               std::generic_category().message(reason));
}

Exit exit_of(const siginfo_t& info) {
    return info.si_code == CLD_EXITED ? Exit{.code = info.si_status, .signal = 0}
                                      : Exit{.code = 0, .signal = info.si_status};
}

/// True once it ended; `options` as in waitid(2).
bool ended(int pidfd, siginfo_t& info, int options) {
    info.si_pid = 0;
    int result = 0;
    do {
        result = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info,
                          WEXITED | options);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        throw system_error("wait for a child", errno);
    }
    return info.si_pid != 0;
}

}  // namespace

std::string text_of(const Exit& exit) {
    return exit.signal != 0 ? fmt::format("killed by {}", signal_name(exit.signal))
                            : fmt::format("exit code {}", exit.code);
}

Child Child::spawn(const Command& command) {
    const Actions actions{command};
    const Attributes attributes{command.group};
    const auto argv = pointers(command.argv);
    const auto env = command.env ? pointers(*command.env) : std::vector<char*>{};
    pid_t pid = -1;
    const int reason = ::posix_spawnp(&pid, argv.front(), actions.get(), attributes.get(),
                                      argv.data(), command.env ? env.data() : ::environ);
    if (reason != 0) {
        throw cannot_run(command, reason);
    }
    Fd pidfd{::pidfd_open(pid, 0)};
    if (!pidfd) {
        const int why = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        throw system_error("watch a child", why);
    }
    return Child{pid, std::move(pidfd), command.group};
}

Child::Child(pid_t pid, Fd pidfd, Group group) noexcept
    : pid_{pid}, pidfd_{std::move(pidfd)}, group_{group} {}

Child::Child(Child&& other) noexcept
    : pid_{other.pid_}, pidfd_{std::move(other.pidfd_)}, group_{other.group_}, exit_{other.exit_} {}

Child& Child::operator=(Child&& other) noexcept {
    if (this != &other) {
        kill_and_reap();
        pid_ = other.pid_;
        pidfd_ = std::move(other.pidfd_);
        group_ = other.group_;
        exit_ = other.exit_;
    }
    return *this;
}

Child::~Child() {
    kill_and_reap();
}

std::uint64_t Child::start_time() const {
    const auto stat = exit_ ? std::nullopt : stat_of(pid_);
    return stat ? stat->start_time : 0;
}

void Child::signal(int number) const noexcept {
    if (pidfd_ && !exit_) {
        ::pidfd_send_signal(pidfd_.get(), number, nullptr, 0);
    }
}

void Child::signal_group(int number) const noexcept {
    if (group_ == Group::same) {
        signal(number);
    } else if (pidfd_ && !exit_) {
        ::kill(-pid_, number);
    }
}

std::optional<Exit> Child::try_wait() {
    siginfo_t info{};
    if (!exit_ && ended(pidfd_.get(), info, WNOHANG | WNOWAIT)) {
        return wait();
    }
    return exit_;
}

Exit Child::wait() {
    siginfo_t info{};
    if (!exit_) {
        if (group_ != Group::same) {
            ended(pidfd_.get(), info, WNOWAIT);
            signal_group(SIGKILL);
        }
        ended(pidfd_.get(), info, 0);
        exit_ = exit_of(info);
    }
    return *exit_;
}

void Child::kill_and_reap() noexcept {
    if (pidfd_ && !exit_) {
        signal_group(SIGKILL);
        siginfo_t info{};
        while (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info,
                        WEXITED) != 0 &&
               errno == EINTR) {
        }
    }
    pidfd_ = Fd{};
}

}  // namespace batch
