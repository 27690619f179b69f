#pragma once

#include "core/os/fd.hpp"
#include "core/os/program.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace batch {

/// Which process group a child is in.  `same` is killed with us only.
enum class Group { own, session, same };

/// A program to start; no shell is involved.
struct Command {
    std::vector<std::string> argv = {};  ///< argv[0] with a slash, or found in PATH
    std::optional<std::filesystem::path> directory = {};  ///< ours if absent
    std::optional<std::vector<std::string>> env = {};     ///< complete, NAME=value; ours if absent
    int in = -1;                                          ///< becomes 0; -1 is /dev/null
    int out = -1;                                         ///< becomes 1
    int err = -1;                                         ///< becomes 2
    std::vector<std::pair<int, int>> more = {};  ///< {ours, its number in the child}, from 3
    Group group = Group::own;
};

/// How a process ended: by itself with a code, or by a signal.
struct Exit {
    int code = 0;
    int signal = 0;

    bool ok() const noexcept { return code == 0 && signal == 0; }

    bool operator==(const Exit&) const = default;
};

/// "exit code 22" or "killed by SEGV".
std::string text_of(const Exit& exit);

/// A process we started.  All signals are unblocked and at their defaults in it.
///
/// It is held by a pidfd, so a reused pid is never hit.  A child with a group of its own takes the
/// whole group with it: what is left of the group is killed right before the leader is reaped
/// (until then the kernel keeps the group's number from being given away).  The destructor kills
/// and reaps.
class Child {
public:
    /// Throws Error{not_found} if there is no such program or folder, Error{permission} if it may
    /// not be run, Error{operation} otherwise.
    static Child spawn(const Command& command);

    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    ~Child();

    pid_t pid() const noexcept { return pid_; }

    /// Field 22 of /proc/PID/stat: together with the boot id it names the process for ever.
    /// 0 once it is reaped.
    std::uint64_t start_time() const;

    /// Readable once the process has ended.
    int poll_fd() const noexcept { return pidfd_.get(); }

    /// Nothing happens if the process has ended.
    void signal(int number) const noexcept;

    /// To all of its group, also after the leader ended, until it is reaped.
    void signal_group(int number) const noexcept;

    /// Absent while it runs.  Reaps it, once; later calls give the same answer.
    std::optional<Exit> try_wait();
    Exit wait();

private:
    Child(pid_t pid, Fd pidfd, Group group) noexcept;
    void kill_and_reap() noexcept;

    pid_t pid_ = -1;
    Fd pidfd_;
    Group group_ = Group::own;
    std::optional<Exit> exit_;
};

}  // namespace batch
