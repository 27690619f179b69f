#pragma once

#include "core/os/wakeup.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace batch {

/// Messages from any thread to one that polls.
template <typename Message>
class Channel {
public:
    /// Readable when take() has something.
    int poll_fd() const noexcept { return wakeup_.poll_fd(); }

    void send(Message message) {
        const std::lock_guard lock(mutex_);
        const bool is_first = messages_.empty();
        messages_.push_back(std::move(message));
        if (is_first) {
            wakeup_.set();
        }
    }

    /// Ends a wait though there is nothing to take.
    void wake() const noexcept { wakeup_.set(); }

    /// All that are here, in their order.
    std::vector<Message> take() {
        const std::lock_guard lock(mutex_);
        wakeup_.clear();
        return std::exchange(messages_, {});
    }

private:
    std::mutex mutex_;  // guards messages_ and whether wakeup_ is set
    std::vector<Message> messages_;
    Wakeup wakeup_;
};

}  // namespace batch
