#include "core/queue/queue.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <array>

namespace batch {

#define REGISTER(name) extern const QueueBackend name##_queue;
#include "core/queue/queues.def"
#undef REGISTER

namespace {

const std::array backends{
#define REGISTER(name) name##_queue,
#include "core/queue/queues.def"
#undef REGISTER
};

}  // namespace

const QueueBackend& queue_backend(std::string_view url) {
    const auto scheme = url.substr(0, url.find(':'));
    const auto found = std::ranges::find_if(backends, [scheme](const QueueBackend& each) {
        return scheme == each.scheme ||
               (each.secure_scheme != nullptr && scheme == each.secure_scheme);
    });
    if (found == backends.end()) {
        throw Error(ErrorKind::config,
                    "queue.url \"" + std::string(url) + "\" begins with no known scheme",
                    "the queue that needs no server: queue.url = \"local:\"");
    }
    return *found;
}

void check(const Settings::Queue& settings) {
    queue_backend(settings.url).check(settings);
}

bool is_local(const Settings::Queue& settings) {
    return settings.url.starts_with("local:");
}

}  // namespace batch
