#pragma once

#include "cli/context.hpp"
#include "core/queue/administration.hpp"

#include <memory>

namespace batch::cli {

/// What the configured queue needs to know of this program.
QueuePlace queue_place(Context& context);

/// The server behind the queue.  Throws Error{config} if the state file itself is the queue, and
/// what Administration throws; a server that is away is waited for as long as `patience`.
std::unique_ptr<Administration> administration(Context& context, Millis patience = {});

/// "RabbitMQ 3.10.8"; without the version where it tells none.
std::string product_of(const ServerState& server);

/// Why the server cannot be used, after a second at the latest; empty if it can, or if there is
/// none.
std::string trouble_with_server(Context& context);

}  // namespace batch::cli
