#pragma once

#include "core/os/fd.hpp"

namespace batch {

/// Something to poll that one thread sets and another one waits for (eventfd(2)).
class Wakeup {
public:
    Wakeup();

    /// Readable from set() until clear().
    int poll_fd() const noexcept { return fd_.get(); }

    /// From any thread.
    void set() const noexcept;
    void clear() const noexcept;

private:
    Fd fd_;
};

}  // namespace batch
