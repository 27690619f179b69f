#pragma once

#include "core/queue/amqp/connection.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace batch::amqp {

/// What a refusal names: something of a queue or exchange, and what it is on the server.
struct Refused {
    std::string argument;
    std::string value;  ///< "none" if there is none
    std::string type;   ///< "longstr", "signedint"; empty for what is no argument, as "durable"
};

/// Reads the server's text of a 406; all empty if it is not of that kind.
Refused read_refusal(std::string_view text);

using ArgumentValue = std::variant<bool, std::int64_t, std::string>;
using QueueArguments = std::map<std::string, ArgumentValue>;

/// A queue as somebody has declared it.
struct Declared {
    std::string type = "classic";
    bool names_type = false;  ///< a classic one may have been declared without a word of it
    bool durable = true;
    bool auto_delete = false;
    QueueArguments arguments;  ///< but for x-queue-type
    bool is_whole = false;     ///< else there is more that the server has not told

    /// Takes what the server says of something that differs; false if that is not understood.
    bool learn(const Refused& refused);

    /// "quorum", "classic, durable=false": the type, and what is as usual only of quorum queues.
    std::string text() const;
};

/// Finds out about a queue that is there, on the channel for questions.  AMQP tells it only by what
/// may be declared once more: each refusal names one thing that differs.
/// Throws Error{permission} if this user may not declare it.
Declared declared_as(Connection& connection, const std::string& queue);

/// Both sides of a queue that is not as it was wanted: "there classic, durable=false; wanted
/// quorum, durable=true", or with the arguments that differ.
std::string difference(const Declared& there, const QueueArguments& wanted);

/// Declares it; what the server answers is for Connection::check_reply() to say.
void declare_queue(Connection& connection, const std::string& queue, const Declared& declared);

}  // namespace batch::amqp
