#include "cli/queue/server.hpp"

#include "core/base/error.hpp"

namespace batch::cli {

QueuePlace queue_place(Context& context) {
    return {.settings = context.settings().queue,
            .paths = context.paths(),
            .state_id = context.store().state_id(),
            .program = "batchctl"};
}

std::unique_ptr<Administration> administration(Context& context, Millis patience) {
    const QueuePlace place = queue_place(context);
    const QueueBackend& backend = queue_backend(place.settings.url);
    if (backend.administration == nullptr) {
        throw Error(ErrorKind::config,
                    "the state file itself is the queue (queue.url = \"local:\"): there is no "
                    "server to look after",
                    "use RabbitMQ: queue.url = \"amqp://localhost\" in batch-config(5)");
    }
    return backend.administration(place, patience);
}

std::string product_of(const ServerState& server) {
    return server.version.empty() ? server.product : server.product + " " + server.version;
}

std::string trouble_with_server(Context& context) {
    if (is_local(context.settings().queue)) {
        return {};
    }
    try {
        const QueuePlace place{.settings = context.settings().queue,
                               .paths = context.paths(),
                               .state_id = {},
                               .program = "batchctl",
                               .connect_within = Millis{1'000}};
        queue_backend(place.settings.url).administration(place, Millis{0});
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace batch::cli
