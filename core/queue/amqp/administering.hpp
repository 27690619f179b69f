#pragma once

#include "core/queue/administration.hpp"

#include <memory>

namespace batch::amqp {

/// `patience`: how long a server that cannot be reached is asked again.
std::unique_ptr<Administration> administration(const QueuePlace& place, Millis patience);

}  // namespace batch::amqp
