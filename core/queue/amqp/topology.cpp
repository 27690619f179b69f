#include "core/queue/amqp/topology.hpp"

#include "core/base/error.hpp"
#include "core/queue/amqp/bytes.hpp"
#include "core/queue/amqp/declared.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace batch::amqp {
namespace {

// Guards only against a message that kills its consumer: a doorbell that it dead-letters by mistake
// costs nothing.
constexpr std::int64_t delivery_limit = 20;

constexpr std::int64_t no_limit = -1;
constexpr const char* limit_argument = "x-delivery-limit";

constexpr const char* dead_letter_exchange = "x-dead-letter-exchange";

constexpr auto no = static_cast<amqp_boolean_t>(0);
constexpr auto yes = static_cast<amqp_boolean_t>(1);

/// What it is declared with.  With at-least-once a letter stays here until the queue for dead ones
/// has it (quorum queues, 3.10; it needs reject-publish).
QueueArguments main_arguments(const std::string& queue) {
    return {{limit_argument, delivery_limit},
            {dead_letter_exchange, dead_name(queue)},
            {"x-dead-letter-strategy", "at-least-once"},
            {"x-overflow", "reject-publish"}};
}

/// Declares it and returns true; or says what is there of that name.
bool declare_as(Connection& connection, const std::string& queue, const QueueArguments& wanted) {
    declare_queue(connection, queue, {.type = "quorum", .names_type = true, .arguments = wanted});
    try {
        connection.check_reply("declare a queue");
        return true;
    } catch (const Error& error) {
        if (error.code() != "amqp_406") {
            throw;
        }
        connection.open_channel(questions_channel);
        return false;
    }
}

void declare_or_throw(Connection& connection, const std::string& queue,
                      const QueueArguments& wanted) {
    if (declare_as(connection, queue, wanted)) {
        return;
    }
    throw Error(ErrorKind::conflict,
                fmt::format("queue \"{}\" exists with other arguments: {}", queue,
                            difference(declared_as(connection, queue), wanted)),
                "use it as it is with queue.declare = false, or name ours otherwise: "
                "queue.name = \"\"")
        .with_code("queue_differs");
}

void declare_exchange(Connection& connection, const std::string& name) {
    amqp_exchange_declare(connection.get(), questions_channel, lend(name), lend("fanout"), no, yes,
                          no, no, amqp_empty_table);
    try {
        connection.check_reply("declare an exchange");
    } catch (const Error& error) {
        if (error.code() != "amqp_406") {
            throw;
        }
        connection.open_channel(questions_channel);
        const Refused refused = read_refusal(error.what());
        throw Error(ErrorKind::conflict,
                    fmt::format("exchange \"{}\" exists with other arguments: there {}={}; wanted "
                                "fanout, durable=true",
                                name, refused.argument, refused.value),
                    "name ours otherwise: queue.name = \"\"")
            .with_code("queue_differs");
    }
}

/// The first two numbers of "3.10.8".
std::optional<std::pair<int, int>> release_of(std::string_view version) {
    std::pair<int, int> release;
    const char* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, release.first);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') {
        return std::nullopt;
    }
    const auto minor = std::from_chars(major.ptr + 1, end, release.second);
    return minor.ec == std::errc{} ? std::optional(release) : std::nullopt;
}

/// From 4.0 on a quorum queue drops what it has delivered 20 times, unless it was declared with no
/// limit, -1 (RabbitMQ, "Quorum Queues", Poison Message Handling), and whoever looks at a letter
/// has it delivered.  Before there is no limit, and -1 may count as 0.
QueueArguments dead_arguments(const Connection& connection) {
    const auto release = release_of(connection.server_version());
    return release && *release >= std::pair{4, 0} ? QueueArguments{{limit_argument, no_limit}}
                                                  : QueueArguments{};
}

// One that is there from before 4.0 stays as it is: its arguments cannot be changed.
void declare_dead(Connection& connection, const std::string& queue) {
    const std::string dead = dead_name(queue);
    declare_exchange(connection, dead);
    const QueueArguments wanted = dead_arguments(connection);
    if (wanted.empty() || !declare_as(connection, dead, wanted)) {
        declare_or_throw(connection, dead, {});
    }
    amqp_queue_bind(connection.get(), questions_channel, lend(dead), lend(dead), lend(""),
                    amqp_empty_table);
    connection.check_reply("bind a queue");
}

}  // namespace

std::string dead_name(const std::string& queue) {
    return queue + ".dead";
}

std::string queue_name(const QueuePlace& place) {
    return place.settings.name.empty() ? "batch." + place.state_id : place.settings.name;
}

void declare(Connection& connection, const std::string& queue) {
    declare_dead(connection, queue);
    declare_or_throw(connection, queue, main_arguments(queue));
}

QueueKind kind_of(Connection& connection, const std::string& queue) {
    const QueueArguments wanted = main_arguments(queue);
    try {
        if (declare_as(connection, queue, wanted)) {
            return {.type = "quorum", .differs = {}};
        }
        const Declared there = declared_as(connection, queue);
        return {.type = there.text(),
                .differs = difference(there, wanted),
                .drops_dead = there.is_whole && !there.arguments.contains(dead_letter_exchange)};
    } catch (const Error& error) {
        if (error.code() != "amqp_403") {
            throw;
        }
        connection.open_channel(questions_channel);
        return {};
    }
}

QueueDepth depth_of(Connection& connection, const std::string& queue) {
    const auto* const found = amqp_queue_declare(connection.get(), questions_channel, lend(queue),
                                                 yes, no, no, no, amqp_empty_table);
    connection.check_reply("look at a queue");
    return {.ready = found->message_count, .consumers = found->consumer_count};
}

bool forgets_dead(Connection& connection, const std::string& dead) {
    const QueueArguments wanted = dead_arguments(connection);
    try {
        return !wanted.empty() && !declare_as(connection, dead, wanted);
    } catch (const Error& error) {
        if (error.code() != "amqp_403") {
            throw;
        }
        connection.open_channel(questions_channel);
        return false;
    }
}

std::optional<QueueDepth> find_queue(Connection& connection, const std::string& queue) {
    try {
        return depth_of(connection, queue);
    } catch (const Error& error) {
        if (error.code() != "amqp_404") {
            throw;
        }
        connection.open_channel(questions_channel);
        return std::nullopt;
    }
}

bool has_queue(Connection& connection, const std::string& queue) {
    try {
        return find_queue(connection, queue).has_value();
    } catch (const Error& error) {
        if (error.code() != "amqp_403" && error.code() != "amqp_405") {
            throw;
        }
        connection.open_channel(questions_channel);
        return true;
    }
}

// basic.consume looks at the right first and at the arguments then (RabbitMQ, rabbit_channel and
// rabbit_amqqueue): with a priority that is no number there is never a consumer.  A server that
// takes it all the same has one message back at once.
void check_may_consume(Connection& connection, const std::string& queue) {
    amqp_table_entry_t no_priority = entry("x-priority", std::string_view("none"));
    amqp_basic_qos(connection.get(), questions_channel, 0, 1, no);
    connection.check_reply("set the prefetch");
    amqp_basic_consume(connection.get(), questions_channel, lend(queue), lend("check"), no, no, no,
                       {.num_entries = 1, .entries = &no_priority});
    try {
        connection.check_reply("consume");
        amqp_channel_close(connection.get(), questions_channel, AMQP_REPLY_SUCCESS);
    } catch (const Error& error) {
        if (error.code() == "amqp_403") {
            connection.open_channel(questions_channel);
        }
        if (error.code() != "amqp_406" && error.code() != "amqp_404") {
            throw;
        }
    }
    connection.open_channel(questions_channel);
}

std::string shortcoming_of(std::string_view version) {
    const auto release = release_of(version);
    if (release && *release < std::pair{3, 8}) {
        return "older than 3.8: without quorum queues a message that kills batchd comes for ever";
    }
    if (release && *release < std::pair{3, 10}) {
        return "older than 3.10: a dead letter may be lost on its way";
    }
    return {};
}

std::string declared_text(const std::string& queue) {
    return fmt::format("queue {} (quorum, delivery limit {}), exchange and queue {}", queue,
                       delivery_limit, dead_name(queue));
}

}  // namespace batch::amqp
