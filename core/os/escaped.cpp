#include "core/os/escaped.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgets extern "C"
}
#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/os/fd.hpp"
#include "core/os/file.hpp"
#include "core/os/poll.hpp"
#include "core/os/process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace batch {

namespace fs = std::filesystem;

namespace {

/// Empty for what cannot be read: the process is gone, or not ours to look at.
std::string read_or_nothing(const fs::path& path) {
    try {
        return read_file(path, std::size_t{16} << 20);
    } catch (const Error&) {
        return {};
    }
}

void add_numbers(std::string_view text, std::vector<pid_t>& pids) {
    while (!text.empty()) {
        pid_t pid = 0;
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), pid);
        if (fault == std::errc{}) {
            pids.push_back(pid);
        }
        const auto used = static_cast<std::size_t>(end - text.data());
        text.remove_prefix(std::min(text.size(), used + 1));
    }
}

/// A child belongs to the thread that started it, so all threads are asked.
std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> pids;
    std::error_code gone;
    for (const auto& task : fs::directory_iterator{fmt::format("/proc/{}/task", pid), gone}) {
        add_numbers(read_or_nothing(task.path() / "children"), pids);
    }
    return pids;
}

bool carries(pid_t pid, std::string_view tag) {
    const std::string environment =
        '\0' + read_or_nothing(fmt::format("/proc/{}/environ", pid)) + '\0';
    std::string wanted{'\0'};
    wanted.append(worker_variable).append(1, '=').append(tag).append(1, '\0');
    return environment.find(wanted) != std::string::npos;
}

enum class Choice { take, pass, skip_with_all_below };

/// Asked for every process below `parent`; the bool says whether its parent was taken.
using Choose = std::function<Choice(pid_t, bool)>;

/// A process that starts others while we look may hide one: look again until nothing is found.
void collect(pid_t parent, bool parent_taken, const Choose& choose, std::vector<pid_t>& result) {
    for (const pid_t pid : children_of(parent)) {
        const Choice choice = choose(pid, parent_taken);
        if (choice == Choice::take) {
            result.push_back(pid);
        }
        if (choice != Choice::skip_with_all_below) {
            collect(pid, choice == Choice::take, choose, result);
        }
    }
}

struct Killed {
    pid_t pid;
    Fd pidfd;
    bool ended = false;
};

/// Kills what was found and reaps what is, or through its parent's death becomes, our child.
/// Returns how many have ended within a second.
std::size_t kill_all(const std::vector<pid_t>& pids) {
    std::vector<Killed> killed;
    for (const pid_t pid : pids) {
        Fd pidfd{::pidfd_open(pid, 0)};
        if (pidfd && ::pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0) == 0) {
            killed.push_back({.pid = pid, .pidfd = std::move(pidfd)});
        }
    }
    const BootTime end = BootClock::now() + std::chrono::seconds{1};
    for (Killed& each : killed) {
        pollfd ended{.fd = each.pidfd.get(), .events = POLLIN, .revents = 0};
        // One that waits for a dead disk does not end; it must not hold up everybody.
        wait_for_any({&ended, 1}, std::max(BootClock::duration{0}, end - BootClock::now()));
        each.ended = (ended.revents & POLLIN) != 0;
    }
    std::size_t ended = 0;
    for (const Killed& each : killed) {
        siginfo_t info{};
        ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(each.pidfd.get()), &info,
                 WEXITED | WNOHANG);
        ended += each.ended ? 1 : 0;
    }
    return ended;
}

constexpr int most_rounds = 100;  // more than a fork bomb survives, but an end

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator{"/proc", gone}) {
        add_numbers(entry.path().filename().native(), pids);
    }
    return pids;
}

/// Those that a lost process has left.
class Orphans {
public:
    explicit Orphans(const HandNotes& notes) : notes_(notes), mark_(mark_of(notes.owner)) {}

    std::vector<pid_t> find() {
        processes_.clear();
        for (const pid_t pid : all_processes()) {
            if (const auto stat = stat_of(pid); stat && stat->state != 'Z') {
                processes_.emplace(pid, *stat);
            }
        }
        std::vector<pid_t> found;
        for (const auto& [pid, stat] : processes_) {
            if (pid != ::getpid() && is_orphan(pid, most_rounds)) {
                found.push_back(pid);
            }
        }
        return found;
    }

private:
    bool is_noted(pid_t pid) const {
        const auto process = processes_.find(pid);
        return process != processes_.end() &&
               std::ranges::any_of(notes_.workers, [&](const HandNotes::Worker& worker) {
                   return worker.pid == pid && worker.start_time == process->second.start_time;
               });
    }

    // A process, or one above it, is a noted worker, of the group of one, or marked.
    bool is_orphan(pid_t pid, int depth) const {
        const auto process = processes_.find(pid);
        if (process == processes_.end() || pid == ::getpid() || depth == 0) {
            return false;
        }
        return is_noted(pid) || is_noted(process->second.group) || is_marked(pid) ||
               is_orphan(process->second.parent, depth - 1);
    }

    bool is_marked(pid_t pid) const {
        const std::string environment =
            '\0' + read_or_nothing(fmt::format("/proc/{}/environ", pid));
        return environment.find(fmt::format("{}{}={}.", '\0', worker_variable, mark_)) !=
               std::string::npos;
    }

    const HandNotes& notes_;
    std::string mark_;
    std::map<pid_t, ProcessStat> processes_;
};

std::size_t kill_until_none(const std::function<std::vector<pid_t>()>& find) {
    std::size_t count = 0;
    for (int round = 0; round < most_rounds; ++round) {
        const std::size_t killed = kill_all(find());
        if (killed == 0) {
            break;
        }
        count += killed;
    }
    return count;
}

std::size_t kill_below(const Choose& choose) {
    return kill_until_none([&choose] {
        std::vector<pid_t> found;
        collect(::getpid(), false, choose, found);
        return found;
    });
}

/// Whether we have a child at all; one that has ended and was not reaped counts.
bool has_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

void become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        throw system_error("adopt orphans", errno);
    }
}

std::vector<pid_t> descendants() {
    std::vector<pid_t> result;
    collect(
        ::getpid(), false, [](pid_t, bool) { return Choice::take; }, result);
    return result;
}

std::size_t kill_escaped(std::string_view tag, pid_t live_leader) {
    // What a tagged process started is meant too, even if it has cleaned its environment; what the
    // live leader started belongs to its work.
    return kill_below([&](pid_t pid, bool parent_taken) {
        if (pid == live_leader) {
            return Choice::skip_with_all_below;
        }
        return parent_taken || carries(pid, tag) ? Choice::take : Choice::pass;
    });
}

void reap_orphans(const std::vector<pid_t>& ours) {
    siginfo_t ended{};
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) {
        return;
    }
    for (const pid_t pid : children_of(::getpid())) {
        if (std::ranges::find(ours, pid) == ours.end()) {
            ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG);
        }
    }
}

std::string mark_of(const ProcessName& process) {
    return fmt::format("{}.{}", process.pid, process.start_time);
}

std::size_t kill_orphans(const HandNotes& notes) {
    if (notes.owner.boot_id != boot_id()) {
        return 0;
    }
    Orphans orphans(notes);
    return kill_until_none([&orphans] { return orphans.find(); });
}

std::size_t kill_descendants() {
    // Asking the kernel costs a hundredth of looking through /proc, and usually nothing is left.
    if (!has_children()) {
        return 0;
    }
    return kill_below([](pid_t, bool) { return Choice::take; });
}

}  // namespace batch
