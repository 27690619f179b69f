#pragma once

#include "core/base/time.hpp"
#include "core/os/child.hpp"
#include "core/os/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batch {

/// The three pipes of one plugin process, always serviced together: whatever it does with them,
/// neither side can block the other.
class Wire {
public:
    /// Standard input, output and error of the command are replaced.
    static Wire start(Command command);

    /// Queues bytes; they leave while somebody waits for a line or the exit.
    void send(std::string_view bytes);

    /// The end of input, once everything queued has left.
    void close_input();

    /// The next line of its standard output without the line end.  Absent when the deadline has
    /// passed, its output has ended, or a line is longer than a frame may be.
    std::optional<std::string> next_line(BootTime deadline);

    /// Absent when the deadline has passed.
    std::optional<Exit> wait_exit(BootTime deadline);

    bool output_ended() const noexcept { return !out_; }

    bool line_too_long() const noexcept { return too_long_; }

    /// What it wrote to standard error, the first 64 KiB.
    const std::string& stderr_text() const noexcept { return stderr_; }

    /// The last line of that, fit to be shown.
    std::string last_words() const;

    Child& child() noexcept { return child_; }

private:
    explicit Wire(Child child) noexcept : child_{std::move(child)} {}

    bool service(BootTime deadline);
    void write_some();
    void read_out();
    void read_err();
    std::optional<std::string> take_line();

    Child child_;
    Fd in_;
    Fd out_;
    Fd err_;
    bool close_when_sent_ = false;
    bool too_long_ = false;
    std::string to_send_;
    std::string received_;
    std::size_t searched_ = 0;
    std::string stderr_;
};

}  // namespace batch
