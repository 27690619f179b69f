#include "core/queue/amqp/topology.hpp"

#include "core/base/error.hpp"
#include "core/queue/amqp/bytes.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace batch::amqp {
namespace {

// Guards only against a message that kills its consumer: a doorbell that it dead-letters by mistake
// costs nothing.
constexpr int delivery_limit = 20;

constexpr auto no = static_cast<amqp_boolean_t>(0);
constexpr auto yes = static_cast<amqp_boolean_t>(1);

amqp_table_t table_of(auto& entries) {
    return {.num_entries = static_cast<int>(entries.size()), .entries = entries.data()};
}

/// Declares it without arguments of ours: whether that is what is there.  A refusal closes the
/// channel.
bool is_classic(Connection& connection, const std::string& queue, bool durable) {
    amqp_queue_declare(connection.get(), questions_channel, lend(queue), no, durable ? yes : no, no,
                       no, amqp_empty_table);
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

std::string between(std::string_view text, std::string_view before, std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(begin + before.size());
    return std::string(text.substr(0, text.find(after)));
}

// Of a queue that is not classic RabbitMQ names one argument that differs: "inequivalent arg
// 'x-queue-type' for queue 'docs' in vhost '/': received the value 'quorum' of type 'longstr' but
// current is the value 'stream' of type 'longstr'", or "... but current is none".
std::string what_is_named(std::string_view said) {
    const std::string argument = between(said, "inequivalent arg '", "'");
    const std::string current = between(said, "but current is ", "\n");
    const std::string value = between(current, "'", "'");
    if (argument == "x-queue-type" || argument == "type") {
        return value;
    }
    return fmt::format("quorum, {}={}", argument, value.empty() ? "none" : value);
}

// The usual other queue is told whole.
std::string what_is_there(Connection& connection, const std::string& queue, std::string_view said) {
    connection.open_channel(questions_channel);
    for (const bool durable : {true, false}) {
        if (is_classic(connection, queue, durable)) {
            return fmt::format("classic, durable={}", durable);
        }
    }
    return what_is_named(said);
}

/// Throws what the last declaration was told; another queue of that name with what it is.
void check_declared(Connection& connection, const std::string& queue) {
    try {
        connection.check_reply("declare a queue");
    } catch (const Error& error) {
        if (error.code() != "amqp_406") {
            throw;
        }
        throw Error(
            ErrorKind::conflict,
            fmt::format("queue \"{}\" exists with other arguments: there {}; wanted quorum, "
                        "durable=true",
                        queue, what_is_there(connection, queue, error.what())),
            "use it as it is with queue.declare = false, or name ours otherwise: "
            "queue.name = \"\"")
            .with_code("queue_differs");
    }
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
        throw Error(ErrorKind::conflict,
                    fmt::format("exchange \"{}\" exists with other arguments: there {}={}; wanted "
                                "fanout, durable=true",
                                name, between(error.what(), "inequivalent arg '", "'"),
                                between(error.what(), "but current is '", "'")),
                    "name ours otherwise: queue.name = \"\"")
            .with_code("queue_differs");
    }
}

void declare_dead(Connection& connection, const std::string& queue) {
    const std::string dead = dead_name(queue);
    declare_exchange(connection, dead);
    std::array arguments{entry("x-queue-type", std::string_view("quorum"))};
    amqp_queue_declare(connection.get(), questions_channel, lend(dead), no, yes, no, no,
                       table_of(arguments));
    check_declared(connection, dead);
    amqp_queue_bind(connection.get(), questions_channel, lend(dead), lend(dead), lend(""),
                    amqp_empty_table);
    connection.check_reply("bind a queue");
}

void declare_main(Connection& connection, const std::string& queue) {
    const std::string dead = dead_name(queue);
    // With at-least-once a letter stays here until the queue for dead ones has it (quorum queues,
    // 3.10; it needs reject-publish).
    std::array arguments{entry("x-queue-type", std::string_view("quorum")),
                         entry("x-delivery-limit", delivery_limit),
                         entry("x-dead-letter-exchange", std::string_view(dead)),
                         entry("x-dead-letter-strategy", std::string_view("at-least-once")),
                         entry("x-overflow", std::string_view("reject-publish"))};
    amqp_queue_declare(connection.get(), questions_channel, lend(queue), no, yes, no, no,
                       table_of(arguments));
    check_declared(connection, queue);
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
    declare_main(connection, queue);
}

std::string type_of(Connection& connection, const std::string& queue) {
    try {
        declare_main(connection, queue);
        return "quorum";
    } catch (const Error& error) {
        if (error.code() == "queue_differs") {
            const std::string_view text = error.what();
            const std::string there = between(text, "there ", "; wanted");
            return there.starts_with("quorum") ? "quorum" : there;
        }
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

std::string declared_text(const std::string& queue) {
    return fmt::format("queue {} (quorum, delivery limit {}), exchange and queue {}", queue,
                       delivery_limit, dead_name(queue));
}

}  // namespace batch::amqp
