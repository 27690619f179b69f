#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "daemon/log.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace batch {

/// Whether there is room for work: on the disk, and in the state file.
///
/// With little room on the disk nothing new is started; what is at work ends and is recorded, which
/// needs little.  If even that cannot be written, or somebody keeps the state file locked, it is
/// held in memory and tried again after 1, 2, 4, ... 30 seconds.  Both are told once, and told
/// again when they are over.  Loop thread only.
class Room {
public:
    /// `folder` is that of the state file, with the outputs.
    Room(std::filesystem::path folder, const Log& log) : folder_(std::move(folder)), log_(log) {}

    /// Asks the disk.
    void look();

    bool is_short() const noexcept { return is_short_; }

    /// Whether it is worth a try now to write to the state file.
    bool may_write(BootTime at) const noexcept { return next_try_ <= at; }

    BootTime next_try() const noexcept { return next_try_; }

    /// There will be no later.
    void try_now() noexcept { next_try_ = {}; }

    /// Whether the error is one that passes: what could not be written is kept and tried again.
    static bool passes(const Error& error) noexcept;

    /// The write failed with such an error.
    void refused(const Error& error);

    /// It was written.
    void written();

private:
    std::filesystem::path folder_;
    const Log& log_;
    bool is_short_ = false;
    BootTime next_try_{};
    std::chrono::seconds pause_{0};  ///< before the next try; 0: the last one went well
};

}  // namespace batch
