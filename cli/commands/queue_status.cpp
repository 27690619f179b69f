#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/output/out.hpp"
#include "cli/output/table.hpp"
#include "cli/queue/server.hpp"
#include "cli/report.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"
#include "core/queue/standing.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace batch::cli {
namespace {

constexpr auto help = R"(Usage: batchctl queue status [OPTIONS]

Asks the configured queue how it is: whether it can be reached and takes
messages, what waits in it, who consumes, and whether there are dead letters.

  --timeout D   a server that is away is waited for, as long as this

Examples:
  batchctl queue status
  batchctl queue status --timeout 1m      # until RabbitMQ is up

see batchctl-queue(1)
)";

struct Options {
    std::string timeout;
};

/// Our batchd knows, which is the consumer and, when it wants no more, still holds some; without
/// one and without a consumer nobody does.
std::optional<std::uint32_t> unacknowledged(Context& context, const QueueState& queue) {
    if (const auto standing = standing_of(context.paths()); standing && standing->failure.empty()) {
        return standing->unacknowledged;
    }
    return queue.consumers == 0 ? std::optional<std::uint32_t>(0) : std::nullopt;
}

Json shape_of(const std::optional<QueueState>& queue, std::optional<std::uint32_t> unanswered) {
    if (!queue) {
        return nullptr;
    }
    Json shape{{"name", queue->name},
               {"type", queue->type.empty() ? Json() : Json(queue->type)},
               {"ready", queue->ready},
               {"unacknowledged", unanswered ? Json(*unanswered) : Json()},
               {"consumers", queue->consumers}};
    return shape;
}

bool wants_record(const Globals& globals) {
    return globals.json || !globals.format.empty() || !globals.fields.empty();
}

void print_record(Context& context, const Json& record) {
    Records records(context, "queue status",
                    {{.field = "url"},
                     {.field = "version"},
                     {.field = "blocked"},
                     {.field = "queue.ready", .right = true},
                     {.field = "queue.unacknowledged", .right = true},
                     {.field = "queue.consumers", .right = true},
                     {.field = "dead.ready", .right = true}},
                    {"v", "url", "server", "version", "answer_us", "blocked", "queue", "dead"});
    records.add(record);
    records.finish();
}

void print_record(Context& context, const ServerState& server) {
    const auto unanswered = server.queue ? unacknowledged(context, *server.queue) : std::nullopt;
    Json shape{
        {"v", 1},
        {"url", server.url},
        {"server", server.product},
        {"version", server.version.empty() ? Json() : Json(server.version)},
        {"answer_us", server.answer.count()},
        {"blocked", server.blocked.empty() ? Json() : Json(server.blocked)},
        {"queue", shape_of(server.queue, unanswered)},
        {"dead",
         server.dead ? Json{{"name", server.dead->name}, {"ready", server.dead->ready}} : Json()}};
    print_record(context, shape);
}

std::string queue_text(Context& context, const QueueState& queue) {
    const auto unanswered = unacknowledged(context, queue);
    return fmt::format("{}: {}{} ready, {}{}", queue.name,
                       queue.type.empty() ? "" : queue.type + ", ", grouped(queue.ready),
                       unanswered ? fmt::format("{} unacknowledged, ", grouped(*unanswered)) : "",
                       plural(queue.consumers, "consumer"));
}

void print(Context& context, const ServerState& server) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(server.answer).count();
    put(fmt::format("broker    {}  {}, answers in {} ms, {}\n", server.url, product_of(server), ms,
                    server.blocked.empty() ? "not blocked" : "blocked: " + server.blocked));
    put(fmt::format("queue     {}\n",
                    server.queue ? queue_text(context, *server.queue) : "not declared"));
    put(fmt::format("dead      {}\n", server.dead ? fmt::format("{}: {}", server.dead->name,
                                                                grouped(server.dead->ready))
                                                  : "not declared"));
    if (!server.queue || (!server.dead && context.settings().queue.declare)) {
        flush_out();
        hint("make what is missing: batchctl queue declare");
    }
}

int print_local(Context& context) {
    if (wants_record(context.globals())) {
        print_record(context, Json{{"v", 1}, {"url", "local:"}, {"server", nullptr}});
    } else {
        put("broker    none: the state file itself is the queue (queue.url = \"local:\")\n");
    }
    return 0;
}

int run(const Options& options, Context& context) {
    if (is_local(context.settings().queue)) {
        return print_local(context);
    }
    const Millis patience =
        options.timeout.empty() ? Millis{0} : parse_duration(options.timeout, "--timeout");
    const ServerState server = administration(context, patience)->state();
    wants_record(context.globals()) ? print_record(context, server) : print(context, server);
    return 0;
}

Action setup(Arguments& arguments) {
    auto options = std::make_shared<Options>();
    arguments.option("--timeout", options->timeout, "Wait for the server, as long as D");
    return [options](Context& context) { return run(*options, context); };
}

}  // namespace

extern const Command queue_status_command;
constinit const Command queue_status_command{.name = "queue status",
                                             .summary = "How the queue is.",
                                             .help = help,
                                             .setup = setup,
                                             .makes_state = true};

}  // namespace batch::cli
