#pragma once

#include "core/store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batch {

/// The message "this batch has work".  Only a wake-up: the state file is the truth.
struct Doorbell {
    std::string batch_id;
    std::optional<int> number;  ///< the batch's bell; absent: merely a nudge
};

/// What became of a doorbell.
enum class Heard {
    confirmed,  ///< the queue has it
    unheard,    ///< nobody has it now; the sweep of a batchd will find the batch
};

/// Rings.  Used by batchctl and, for the next chunk, by batchd.
class Publisher {
public:
    virtual ~Publisher() = default;
    virtual Heard publish(const Doorbell& bell) = 0;

protected:
    Publisher() = default;
    Publisher(const Publisher&) = default;
    Publisher& operator=(const Publisher&) = default;
};

/// Hears.  Used by the daemon's loop thread only.
class Consumer {
public:
    virtual ~Consumer() = default;

    /// Readable when take() has something.
    virtual int poll_fd() const = 0;

    /// What has come since; does not block.
    virtual std::vector<Doorbell> take() = 0;

protected:
    Consumer() = default;
    Consumer(const Consumer&) = default;
    Consumer& operator=(const Consumer&) = default;
};

struct QueueBackend {
    const char* scheme;
    const char* summary;
    std::unique_ptr<Publisher> (*publisher)(std::string_view url, const StatePaths& paths);
    std::unique_ptr<Consumer> (*consumer)(std::string_view url, const StatePaths& paths);
};

/// By the scheme of queue.url.  Throws Error{config} for an unknown one.
const QueueBackend& queue_backend(std::string_view url);

}  // namespace batch
