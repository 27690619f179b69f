#include "cli/doctor/checks.hpp"
#include "cli/queue/server.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/queue/standing.hpp"

#include <fmt/core.h>

#include <optional>
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

std::string no_dead_letters(const QueueState& queue) {
    return fmt::format("no dead-letter queue \"{}.dead\": rejected messages would be lost",
                       queue.name);
}

std::string vhost_of(const ServerState& server) {
    const auto vhost = server.url.substr(server.url.rfind('/') + 1);
    return vhost.empty() ? "/" : vhost;
}

/// What is declared already takes no other arguments, but a policy.
std::string policy_for(const ServerState& server, const QueueState& queue) {
    const auto definition = fmt::format(
        R"({{"dead-letter-exchange":"","dead-letter-routing-key":"{}.dead"}})", queue.name);
    return fmt::format(
        "make a queue {0}.dead, then: rabbitmqctl set_policy -p {1} {0}.dead {2} {3} "
        "--apply-to queues",
        queue.name, shell_word(vhost_of(server)), shell_word(fmt::format("^{}$", queue.name)),
        shell_word(definition));
}

std::string summary_of(const ServerState& server) {
    return fmt::format("{} {}, queue {}: {}, {} ready, {}", server.url, product_of(server),
                       server.queue->name, server.queue->type, grouped(server.queue->ready),
                       plural(server.queue->consumers, "consumer"));
}

/// What keeps messages from where they belong; nothing if all is well.
std::optional<Finding> failure_in(Context& context, const ServerState& server,
                                  const QueuePlace& place) {
    const std::string address = address_of(server);
    std::string what;
    std::string mend = make_it;
    if (!server.queue) {
        what = address + ": the queue is not declared";
    } else if (place.settings.declare && !server.queue->differs.empty()) {
        what = fmt::format("{}: queue \"{}\" exists with other arguments: {}", address,
                           server.queue->name, server.queue->differs);
        mend = "use it as it is: queue.declare = false";
    } else if (place.settings.declare && !server.dead) {
        what = address + ": " + no_dead_letters(*server.queue);
    } else if (!server.blocked.empty()) {
        what = fmt::format("{} takes no messages: {}", address, server.blocked);
        mend = "see its alarms: rabbitmq-diagnostics alarms";
    } else if (const auto standing = standing_of(context.paths());
               standing && !standing->failure.empty()) {
        what = "batchd: " + standing->failure;
        mend = "see its log; it tries again by itself";
    } else {
        return std::nullopt;
    }
    return Finding{"queue", Health::fail, what, mend};
}

/// What a person should know though all works.
std::optional<Finding> warning_in(const ServerState& server, const QueuePlace& place) {
    const std::string address = address_of(server);
    const auto warning = [](const std::string& what, const std::string& mend) {
        return Finding{"queue", Health::warn, what, mend};
    };
    if (place.settings.declare && server.queue->type.empty()) {
        return warning(address + ": this user may not declare queues",
                       "let the administrator declare it, then: queue.declare = false");
    }
    if (!server.dead && server.queue->drops_dead) {
        return warning(address + ": " + no_dead_letters(*server.queue),
                       policy_for(server, *server.queue));
    }
    if (server.dead && server.dead->ready > 0) {
        return warning(
            fmt::format("{} in {}", plural(server.dead->ready, "dead letter"), server.dead->name),
            "batchctl queue dead list");
    }
    if (server.dead && server.dead->forgets) {
        return warning(
            fmt::format("{}: queue {} is from before RabbitMQ 4: a letter that was looked at 20 "
                        "times is dropped",
                        address, server.dead->name),
            fmt::format("once it is empty: rabbitmqctl delete_queue -p {} {}; batchctl "
                        "queue declare",
                        shell_word(vhost_of(server)), shell_word(server.dead->name)));
    }
    if (place.settings.declare && !server.shortcoming.empty()) {
        return warning(fmt::format("{}: {} is {}", address, product_of(server), server.shortcoming),
                       "a newer one: RabbitMQ 3.10 or later");
    }
    return std::nullopt;
}

/// Why this user may not consume; absent if he may.
std::optional<Error> trouble_with_reading(Administration& queue) {
    try {
        queue.check_may_consume();
        return std::nullopt;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::permission) {
            throw;
        }
        return error;
    }
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
    const auto queue = administration(context);
    const QueuePlace place = queue_place(context);
    const auto unreadable = trouble_with_reading(*queue);
    const ServerState server = queue->state();
    auto finding = failure_in(context, server, place);
    if (!finding && unreadable) {
        finding = {"queue", Health::fail,
                   fmt::format("{}: this user may not read from queue \"{}\": batchd would hear "
                               "nothing through it",
                               address_of(server), server.queue->name),
                   unreadable->hint()};
    }
    if (!finding) {
        finding = warning_in(server, place);
    }
    tell(finding ? *finding : Finding{"queue", Health::ok, summary_of(server), ""});
}

}  // namespace batch::cli
