#pragma once

#include "cli/context.hpp"
#include "core/os/child.hpp"

#include <filesystem>
#include <optional>

namespace batch::cli {

/// `batchd --drain` as our child, whenever nobody else works on the state file: --start.
///
/// Several batchctl may have one at the same time; whoever loses the race for the lock ends at
/// once. In a session of its own, so that Ctrl-C reaches only us; its log is the state's .log file.
class DaemonChild {
public:
    explicit DaemonChild(Context& context);

    /// Leaves nothing behind: asks a child that still works to stop, and waits for it.
    ~DaemonChild();
    DaemonChild(const DaemonChild&) = delete;
    DaemonChild& operator=(const DaemonChild&) = delete;

    /// Starts one if nobody holds the lock; call it again and again.
    /// Throws Error if there is no batchd, or it cannot work: with what it wrote last.
    void keep_one_running();

    /// TERM: it finishes what is at work; the second time it stops at once.
    void ask_to_leave();

    /// Whether ours is still there.
    bool is_running();

    /// Readable when ours ended; -1 without one.
    int poll_fd() const noexcept { return child_ ? child_->poll_fd() : -1; }

private:
    void start();
    void look_at(const Exit& exit);
    [[noreturn]] void give_up(const Exit& exit) const;

    Context& context_;
    std::optional<Child> child_;
    BootTime started_{};
    BootTime not_before_{};
    BootTime next_look_{};
    int failures_ = 0;  ///< in a row
};

/// Beside our own program, else in PATH.  Throws Error{not_found}.
std::filesystem::path find_batchd();

}  // namespace batch::cli
