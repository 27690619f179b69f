#include "cli/doctor/checks.hpp"
#include "cli/queue/server.hpp"
#include "core/base/text.hpp"
#include "core/queue/standing.hpp"

#include <fmt/core.h>

#include <string>

namespace batch::cli {
namespace {

/// "amqp://db1:5672": without the user and the vhost.
std::string address_of(const ServerState& server) {
    const auto scheme = server.url.substr(0, server.url.find("://") + 3);
    const auto host = server.url.substr(server.url.find('@') + 1);
    return scheme + host.substr(0, host.find('/'));
}

constexpr auto make_it = "batchctl queue declare";

std::string summary_of(const ServerState& server) {
    return fmt::format("{} {} {}, queue {}: {}, {} ready, {}", server.url, server.product,
                       server.version, server.queue->name, server.queue->type,
                       grouped(server.queue->ready), plural(server.queue->consumers, "consumer"));
}

/// What is missing, or not as it should be; nothing if all is well.
std::optional<Finding> missing_in(const ServerState& server, const QueuePlace& place) {
    if (!server.queue) {
        return Finding{"queue", Health::fail,
                       fmt::format("{}: the queue is not declared", address_of(server)), make_it};
    }
    if (!server.dead && place.settings.declare) {
        return Finding{"queue", Health::fail,
                       fmt::format("{}: no dead-letter queue \"{}.dead\": rejected messages would "
                                   "be lost",
                                   address_of(server), server.queue->name),
                       make_it};
    }
    if (server.queue->type.empty()) {
        return Finding{"queue", Health::warn,
                       fmt::format("{}: this user may not declare queues", address_of(server)),
                       "let the administrator declare it, then: queue.declare = false"};
    }
    if (place.settings.declare && server.queue->type != "quorum") {
        return Finding{"queue", Health::fail,
                       fmt::format("{}: queue \"{}\" exists with other arguments: there {}; wanted "
                                   "quorum, durable=true",
                                   address_of(server), server.queue->name, server.queue->type),
                       "use it as it is: queue.declare = false"};
    }
    return std::nullopt;
}

/// What goes on there.
std::optional<Finding> trouble_in(Context& context, const ServerState& server) {
    if (!server.blocked.empty()) {
        return Finding{"queue", Health::fail,
                       fmt::format("{} takes no messages: {}", address_of(server), server.blocked),
                       "see its alarms: rabbitmq-diagnostics alarms"};
    }
    if (const auto standing = standing_of(context.paths());
        standing && !standing->failure.empty()) {
        return Finding{"queue", Health::fail, "batchd: " + standing->failure,
                       "see its log; it tries again by itself"};
    }
    if (server.dead && server.dead->ready > 0) {
        return Finding{
            "queue", Health::warn,
            fmt::format("{} in {}", plural(server.dead->ready, "dead letter"), server.dead->name),
            "batchctl queue dead list"};
    }
    return std::nullopt;
}

}  // namespace

void check_queue(Context& context, const Tell& tell) {
    const auto& settings = context.settings().queue;
    const QueueBackend& backend = queue_backend(settings.url);  // throws for one nobody knows
    if (is_local(settings)) {
        tell({"queue", Health::ok, fmt::format("{} {}", settings.url, backend.summary), ""});
        return;
    }
    if (state_to_look_at(context) == nullptr) {
        const std::string trouble = trouble_with_server(context);
        tell(trouble.empty() ? Finding{"queue", Health::ok, backend.summary, ""}
                             : Finding{"queue", Health::fail, trouble, ""});
        return;
    }
    const ServerState server = administration(context)->state();
    auto finding = missing_in(server, queue_place(context));
    if (!finding) {
        finding = trouble_in(context, server);
    }
    tell(finding ? *finding : Finding{"queue", Health::ok, summary_of(server), ""});
}

}  // namespace batch::cli
