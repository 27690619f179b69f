#pragma once

#include "core/queue/amqp/connection.hpp"
#include "core/queue/queue.hpp"

#include <cstdint>
#include <string>

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

/// "quorum", "classic", "classic, durable=false", ... of a queue that is there; empty if that may
/// not be asked.  AMQP tells it only by what may be declared once more.
std::string type_of(Connection& connection, const std::string& queue);

/// What declare() says it has declared: "queue batch.7c1e9a04 (quorum, delivery limit 20), ...".
std::string declared_text(const std::string& queue);

}  // namespace batch::amqp
