#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace batch {

/// The time in which the state file, or the disk it is on, takes nothing: nothing new is started,
/// what is at work goes on and is kept in memory, and it is tried again every 1 s to 30 s.
/// Loop thread only.
class Stall {
public:
    /// `folder` is the state file's; `shown` is its name for people.
    Stall(std::filesystem::path folder, std::string shown)
        : folder_(std::move(folder)), shown_(std::move(shown)) {}

    /// Whether the cause may go away by itself.  Not so after a failed flush: what is on the disk
    /// nobody knows then, and the next one would wrongly succeed (the kernel reports it once).
    static bool may_pass(const Error& error);

    bool active() const noexcept { return since_.has_value(); }

    /// Begins, or goes on after a try that failed.  Returns what is to be told; empty if it was
    /// told before.
    std::string begin(const Error& error, BootTime at);

    /// When to look next whether a try makes sense.
    BootTime due() const noexcept { return due_; }

    /// Whether to try now: it is time, and where room was missing there is some.
    bool is_due(BootTime at);

    /// A try has succeeded.
    void end() noexcept { since_.reset(); }

private:
    std::filesystem::path folder_;
    std::string shown_;
    std::optional<BootTime> since_;
    BootTime due_{};
    Millis wait_{0};
    std::uint64_t room_wanted_ = 0;  ///< bytes
};

}  // namespace batch
