#pragma once

#include "cli/context.hpp"
#include "core/auth/listener.hpp"
#include "core/base/time.hpp"
#include "core/os/signals.hpp"

#include <optional>
#include <string>

namespace batch::cli {

/// The signals that end a login; they are blocked while one lives, and read here.
class Interruption {
public:
    Interruption();

    int poll_fd() const noexcept { return signals_.poll_fd(); }

    /// The number of the first one that came; absent while none has.
    std::optional<int> number();

private:
    SignalFd signals_;
    std::optional<int> number_;
};

/// Where the answer to a login may come from.
enum class Paste { no, yes };

/// Waits for the browser, for an address that is pasted, for a signal, or for the end of the time.
class WaitingRoom {
public:
    WaitingRoom(auth::Listener& listener, auth::CallbackRules rules, Interruption& interruption);

    /// Absent if a signal ended it.  Throws Error{unfinished} when the time is over; the command is
    /// the one to start again, without --timeout.
    std::optional<auth::CallbackAnswer> wait(Millis timeout, Paste paste,
                                             const std::string& command);

private:
    std::optional<auth::CallbackAnswer> take_pasted();
    std::optional<auth::CallbackAnswer> judge_line(const std::string& line);

    auth::Listener& listener_;
    auth::CallbackRules rules_;
    Interruption& interruption_;
    bool listens_to_paste_ = false;
    std::string typed_;
};

}  // namespace batch::cli
