#pragma once

#include "core/queue/amqp/connection.hpp"
#include "core/queue/queue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace batch::amqp {

/// Messages that nobody can use come here, and nothing is lost.
std::string dead_name(const std::string& queue);

/// queue.name, else "batch.<state id>".
std::string queue_name(const QueuePlace& place);

/// What a queue holds, as far as AMQP tells.
struct QueueDepth {
    std::uint32_t ready = 0;  ///< messages that no consumer has
    std::uint32_t consumers = 0;
};

/// Declares the queue (durable, quorum, with a delivery limit) and the exchange and queue for its
/// dead letters; those that are there stay as they are.
/// Throws Error{conflict} with both sides' arguments if there is another queue of that name.
void declare(Connection& connection, const std::string& queue);

/// Asks for a queue.  Throws Error with code "amqp_404" if it is not there; the connection's
/// channel for questions has to be opened anew then.
QueueDepth depth_of(Connection& connection, const std::string& queue);

/// Asks for a queue that need not be there.
std::optional<QueueDepth> find_queue(Connection& connection, const std::string& queue);

/// Whether there is a queue of that name; one that we may not look at is there.
bool has_queue(Connection& connection, const std::string& queue);

/// Throws Error{permission} if this user may not consume from the queue; consumes nothing.
/// Nothing is wrong with one that is not there.
void check_may_consume(Connection& connection, const std::string& queue);

/// What a queue that is there is like.
struct QueueKind {
    std::string type;     ///< "quorum", "classic, durable=false"; empty: this user may not ask
    std::string differs;  ///< both sides, if it is not as declare() makes it
    /// It was declared without an exchange for dead letters; a policy may name one all the same.
    bool drops_dead = false;
};

QueueKind kind_of(Connection& connection, const std::string& queue);

/// Whether a queue for dead letters that is there drops those that were looked at often, because it
/// was declared by an older server.  False if this user may not ask.
bool forgets_dead(Connection& connection, const std::string& dead);

/// What a RabbitMQ of this version lacks of what declare() asks it for; empty if it lacks nothing,
/// or if the version is none that anybody knows.
std::string shortcoming_of(std::string_view version);

/// What declare() says it has declared: "queue batch.7c1e9a04 (quorum, delivery limit 20), ...".
std::string declared_text(const std::string& queue);

}  // namespace batch::amqp
