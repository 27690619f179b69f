#pragma once

#include "core/queue/amqp/publishing.hpp"

#include <future>
#include <memory>
#include <string_view>

namespace batch::amqp {

/// A connection that is made on a thread of its own, while its owner has other things to do: a
/// broker takes some milliseconds to greet.  Nobody waits for one that is not wanted after all:
/// its thread ends when it has connected, or given up, or with the process.
class ConnectingAhead {
public:
    /// Throws std::system_error if there is no thread to be had.
    ConnectingAhead(const Target& target, std::string_view program);

    /// The connection, once it is there.  Null if it is of no use: it could not be made, or not
    /// until then, or it is so old that the server may have given it up, as nobody sent its
    /// heartbeats.
    std::unique_ptr<Publishing> take(BootTime until);

private:
    BootTime begun_;
    std::chrono::seconds good_for_;
    std::future<std::unique_ptr<Publishing>> connection_;
};

}  // namespace batch::amqp
