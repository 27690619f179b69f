#pragma once

#include "core/base/time.hpp"
#include "core/os/child.hpp"
#include "daemon/plugins/exec/captured.hpp"
#include "daemon/plugins/exec/task.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <poll.h>

namespace batch::exec {

/// One command that runs.  None of its pipes is ever waited for alone, so that it can do with them
/// what it likes.
class Run {
public:
    /// Throws Error if it cannot be started.
    explicit Run(Task task);

    /// Always the same number of entries.
    void watch(std::vector<pollfd>& fds) const;

    /// After a wait, with the entries of watch().
    void handle(std::span<const pollfd> fds);

    /// When handle() has something to do at the latest.
    std::optional<BootTime> wake_at() const noexcept { return deadline_; }

    /// TERM to all it started, KILL five seconds later.
    void stop();

    /// It has ended, with all that it started, and everything it wrote is here.
    bool finished() const noexcept { return finished_; }

    const Task& task() const noexcept { return task_; }

    Exit exit() const noexcept { return *exit_; }

    bool stopped() const noexcept { return stopped_; }

    OutputKeeper& output() noexcept { return output_; }

    LogKeeper& out_log() noexcept { return out_log_; }

    LogKeeper& err_log() noexcept { return err_log_; }

private:
    struct Pipes {
        Pipe in;
        Pipe out;
        Pipe err;
    };

    Run(Task task, Pipes pipes);
    void feed();
    bool read_out();
    bool read_err();
    void after_exit();

    Task task_;
    Child child_;
    Fd in_;
    Fd out_;
    Fd err_;
    std::size_t fed_ = 0;
    OutputKeeper output_;
    LogKeeper out_log_;
    LogKeeper err_log_;
    std::optional<Exit> exit_;
    std::optional<BootTime> deadline_;
    bool stopped_ = false;
    bool finished_ = false;
};

}  // namespace batch::exec
