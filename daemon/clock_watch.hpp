#pragma once

#include "core/base/time.hpp"

#include <optional>

namespace batch {

/// Notices that the wall clock was set back: what waits for a stored time would wait that much
/// longer.
class ClockWatch {
public:
    /// Both clocks now.  True if since the last call the wall clock has lost more than a second
    /// against the other.
    bool was_set_back(TimePoint wall, BootTime boot) noexcept {
        const auto ahead =
            wall.time_since_epoch() - std::chrono::floor<Millis>(boot.time_since_epoch());
        const bool lost = ahead_ && ahead < *ahead_ - std::chrono::seconds(1);
        ahead_ = ahead;
        return lost;
    }

private:
    std::optional<Millis> ahead_;
};

}  // namespace batch
