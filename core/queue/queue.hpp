#pragma once

#include "core/config/settings.hpp"
#include "core/store/store.hpp"

#include <cstdint>
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

/// What became of a doorbell that was published.
struct Heard {
    bool confirmed = false;  ///< the queue has it; else the sweep of a batchd will find the batch
    std::string failure;     ///< "RabbitMQ at db1:5672 cannot be reached: connection refused"
};

/// Rings for batchctl.
class Publisher {
public:
    virtual ~Publisher() = default;

    /// Begins to connect, where that takes a while, and returns at once: publish() will follow
    /// soon. What goes wrong is told there.
    virtual void connect_ahead() {}

    /// Rings for each and waits once for all: returns what became of them, in the same order, when
    /// that is known, after 5 s at the latest.
    virtual std::vector<Heard> publish(const std::vector<Doorbell>& bells) = 0;

    Heard publish(const Doorbell& bell) { return publish(std::vector{bell}).front(); }

protected:
    Publisher() = default;
    Publisher(const Publisher&) = default;
    Publisher& operator=(const Publisher&) = default;
};

/// Names a delivery until it is answered; of one that is void by now nothing is answered.
struct Ticket {
    std::uint64_t connection = 0;
    std::uint64_t tag = 0;

    bool operator==(const Ticket&) const = default;
};

/// A doorbell that came and waits for its answer.
struct Received {
    Doorbell bell;
    Ticket ticket;
    bool is_ours = false;  ///< it says that it is of this state file
};

/// Something a person who watches batchd should know.
struct QueueNews {
    enum class Weight { info, warning };
    Weight weight = Weight::info;
    std::string_view code;  ///< a stable word; a constant
    std::string text;
};

/// What has come since.
struct Arrivals {
    std::vector<Received> received;
    std::vector<std::string> unheard;  ///< batches whose ring nobody has confirmed
    std::vector<QueueNews> news;
};

/// Hears for batchd, and rings for the next chunk.  Used by the daemon's loop thread only; threads
/// of its own do what takes time.
class Consumer {
public:
    virtual ~Consumer() = default;

    /// Readable when take() has something.
    virtual int poll_fd() const = 0;

    /// Does not block.
    virtual Arrivals take() = 0;

    /// What was to be done is on disk.
    virtual void acknowledge(const Ticket&) {}

    /// It means nothing here: to where people look for such messages.
    virtual void reject(const Ticket&, std::string_view) {}

    /// Rings once.
    virtual void ring(const Doorbell&) {}

    /// Whether further deliveries are wanted.
    virtual void listen(bool) {}

protected:
    Consumer() = default;
    Consumer(const Consumer&) = default;
    Consumer& operator=(const Consumer&) = default;
};

/// What a queue needs to know of those who use it.
struct QueuePlace {
    Settings::Queue settings;
    StatePaths paths;
    std::string state_id;
    std::string program;  ///< "batchd", as it is shown in the server's lists
    Millis connect_within{5'000};
};

class Administration;

struct QueueBackend {
    const char* scheme;
    const char* secure_scheme;  ///< the same over TLS; null: there is none
    const char* summary;
    /// Throws Error{config} for settings that cannot be used; asks no server.
    void (*check)(const Settings::Queue& settings);
    std::unique_ptr<Publisher> (*publisher)(const QueuePlace& place);
    /// `window`: so many deliveries come before one of them is answered.
    std::unique_ptr<Consumer> (*consumer)(const QueuePlace& place, int window);
    /// Null where there is no server to look after.
    std::unique_ptr<Administration> (*administration)(const QueuePlace& place, Millis patience);
};

/// By the scheme of queue.url.  Throws Error{config} for an unknown one.
const QueueBackend& queue_backend(std::string_view url);

/// Throws Error{config} for settings that no queue can be used with; asks no server.
void check(const Settings::Queue& settings);

/// The state file itself is the queue.
bool is_local(const Settings::Queue& settings);

}  // namespace batch
