// The local queue: the state file holds the work, a Unix datagram beside it wakes the daemon.

#include "core/base/error.hpp"
#include "core/os/bell.hpp"
#include "core/queue/queue.hpp"

namespace batch {
namespace {

class LocalPublisher final : public Publisher {
public:
    explicit LocalPublisher(const StatePaths& paths) : path_(paths.bell()) {}

    // The commit was the confirmation; that nobody hears it now loses nothing.
    std::vector<Heard> publish(const std::vector<Doorbell>& bells) override {
        std::vector<Heard> heard;
        for (const Doorbell& bell : bells) {
            heard.push_back(publish_one(bell));
        }
        return heard;
    }

private:
    Heard publish_one(const Doorbell& bell) const {
        try {
            ring(path_, bell.batch_id);
            return {.confirmed = true};
        } catch (const Error& error) {
            return {.failure = error.what()};  // what is stored needs no bell
        }
    }

    std::filesystem::path path_;
};

class LocalConsumer final : public Consumer {
public:
    explicit LocalConsumer(const StatePaths& paths) : socket_(BellSocket::bind(paths.bell())) {}

    int poll_fd() const override { return socket_.fd(); }

    Arrivals take() override {
        Arrivals arrivals;
        for (std::string& text : socket_.drain()) {
            arrivals.received.push_back({.bell = {std::move(text), std::nullopt}, .is_ours = true});
        }
        return arrivals;
    }

private:
    BellSocket socket_;
};

std::unique_ptr<Publisher> publisher(const QueuePlace& place) {
    return std::make_unique<LocalPublisher>(place.paths);
}

std::unique_ptr<Consumer> consumer(const QueuePlace& place, int) {
    return std::make_unique<LocalConsumer>(place.paths);
}

}  // namespace

extern const QueueBackend local_queue;
constinit const QueueBackend local_queue{
    .scheme = "local",
    .secure_scheme = nullptr,
    .summary = "the state file itself; needs no server",
    .check = [](const Settings::Queue&) {},
    .publisher = publisher,
    .consumer = consumer,
    .administration = nullptr,
};

}  // namespace batch
