#pragma once

#include "core/base/time.hpp"

#include <optional>

namespace batch::chromium {

/// Whether a browser that is at work still lives inside: one that is silent is asked something
/// easy, and one that does not answer that hangs.  Pure, its clock is the caller's.
class Pulse {
public:
    /// The browser said something.
    void heard(BootTime at) noexcept;

    /// True, once, when it has been silent for so long that it should be asked.
    bool should_ask(BootTime at) noexcept;

    /// It was asked, and has said nothing at all since.
    bool is_lost(BootTime at) const noexcept;

    /// When one of the two becomes true.
    BootTime next() const noexcept;

private:
    BootTime heard_{};
    std::optional<BootTime> asked_;
};

}  // namespace batch::chromium
