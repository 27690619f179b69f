#pragma once

#include "core/os/fd.hpp"
#include "core/os/signals.hpp"
#include "core/plugin/frames.hpp"
#include "daemon/plugins/exec/run.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

namespace batch::exec {

/// The plugin's life: frames in, one command at a time, frames out.
///
/// It does not use plugin_main.hpp: rows, and JSON that commands print, pass through unparsed, so
/// that the order of keys and the digits of numbers stay as they are.
class Loop {
public:
    /// Frames leave through `out`.
    explicit Loop(Fd out);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Nothing that a command started stays.
    ~Loop();

    /// Returns the exit status: 0 when told to leave, 78 if the options are wrong.
    int run();

private:
    void wait();
    bool read_frames();
    void take_lines();
    void take(std::string_view line);
    void init(std::string_view options);
    void cancel(std::uint64_t id);
    void start_next();
    void handle_run();
    void leave();

    Fd out_fd_;
    SignalFd term_;
    std::string in_;
    std::string out_;
    JsonValidator validator_;
    std::optional<Options> options_;
    std::deque<Task> waiting_;
    std::optional<Run> run_;
    std::optional<BootTime> next_log_;
    std::vector<pollfd> fds_;
    bool leaving_ = false;  ///< nothing new is begun
    bool refused_ = false;
};

}  // namespace batch::exec
