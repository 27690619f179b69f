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
    Heard publish(const Doorbell& bell) override {
        try {
            ring(path_, bell.batch_id);
            return Heard::confirmed;
        } catch (const Error&) {
            return Heard::unheard;  // what is stored needs no bell
        }
    }

private:
    std::filesystem::path path_;
};

class LocalConsumer final : public Consumer {
public:
    explicit LocalConsumer(const StatePaths& paths) : socket_(BellSocket::bind(paths.bell())) {}

    int poll_fd() const override { return socket_.fd(); }

    std::vector<Doorbell> take() override {
        std::vector<Doorbell> bells;
        for (std::string& text : socket_.drain()) {
            bells.push_back({std::move(text), std::nullopt});
        }
        return bells;
    }

private:
    BellSocket socket_;
};

std::unique_ptr<Publisher> publisher(std::string_view, const StatePaths& paths) {
    return std::make_unique<LocalPublisher>(paths);
}

std::unique_ptr<Consumer> consumer(std::string_view, const StatePaths& paths) {
    return std::make_unique<LocalConsumer>(paths);
}

}  // namespace

extern const QueueBackend local_queue;
constinit const QueueBackend local_queue{
    .scheme = "local",
    .summary = "the state file itself; needs no server",
    .publisher = publisher,
    .consumer = consumer,
};

}  // namespace batch
