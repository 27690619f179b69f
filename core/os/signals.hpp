#pragma once

#include "core/os/fd.hpp"

#include <initializer_list>
#include <optional>
#include <string>

namespace batch {

/// Blocks all signals in this thread and those it starts.  First thing in a main() with a loop.
void block_all_signals();

/// Signals as something to poll: blocks them and reads them from a signalfd(2).
class SignalFd {
public:
    SignalFd(std::initializer_list<int> signals);

    int poll_fd() const noexcept { return fd_.get(); }

    /// The number of the next one that has arrived; never blocks.
    std::optional<int> read();

private:
    Fd fd_;
};

/// "KILL", "TERM", ...; "35" for one without a name.
std::string signal_name(int number);

}  // namespace batch
