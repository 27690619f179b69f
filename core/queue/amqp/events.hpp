#pragma once

#include "core/queue/amqp/connection.hpp"
#include "core/queue/amqp/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace batch::amqp {

/// A message for a consumer.
struct Delivered {
    std::uint64_t tag = 0;
    bool redelivered = false;
    Message message;
};

/// A message that the server could not route; its confirmation comes all the same, afterwards.
struct ReturnedMessage {
    int code = 0;
    std::string text;
    std::string message_id;
};

/// The server has messages up to, or just, this number; or could not take them.
struct Confirmed {
    std::uint64_t tag = 0;
    bool and_before = false;
    bool taken = true;
};

/// The queue was deleted, or its node went away: nothing more will come.
struct Cancelled {};

/// The server takes no messages for now (memory, disk), or takes them again.
struct Blocked {
    bool blocked = true;
    std::string reason;
};

using Event = std::variant<Delivered, ReturnedMessage, Confirmed, Cancelled, Blocked>;

/// Puts the frames of a connection together to what they mean.
///
/// Content comes in frames of its own and is taken piece by piece, so nothing ever blocks, and of a
/// message that is too long only the length is kept.
class Events {
public:
    explicit Events(Connection& connection) : connection_(connection) {}

    /// The content of an answer to basic.get follows: a Delivered with this tag, and with its
    /// properties as they came.
    void expect(std::uint64_t tag) {
        begun_ = Delivered{.tag = tag, .redelivered = false, .message = {}};
        keeps_encoded_ = true;
    }

    /// The next one that is here.  Throws what Connection throws, also when the server closes the
    /// channel.
    std::optional<Event> next();

private:
    std::optional<Event> take(const amqp_frame_t& frame);
    std::optional<Event> take_method(const amqp_method_t& method);
    void take_header(const amqp_basic_properties_t& properties, std::uint64_t size);
    std::optional<Event> complete();

    Connection& connection_;
    std::optional<Event> begun_;  ///< its content is on the way
    bool keeps_encoded_ = false;
    Message content_;
    std::uint64_t received_ = 0;
};

}  // namespace batch::amqp
