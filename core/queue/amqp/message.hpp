#pragma once

#include "core/config/settings.hpp"
#include "core/queue/queue.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace batch::amqp {

/// One of another type is a text that says so.
using HeaderValue = std::variant<std::int64_t, std::string>;

/// A message as it is sent or was received: what we use of its properties (AMQP 0-9-1, basic).
struct Message {
    std::string body;
    std::uint64_t size = 0;  ///< of the whole body in bytes; one that is too long is not kept
    std::string content_type;
    std::string message_id;
    std::string app_id;
    std::string reply_to;
    std::string correlation_id;
    std::optional<std::uint64_t> timestamp;  ///< seconds since 1970
    bool persistent = false;
    /// All its properties as they came, where it may be sent once more (see Events::expect).
    std::string encoded;
    std::map<std::string, HeaderValue> headers;
};

/// For people.
std::string text_in(const HeaderValue& value);

/// Longer bodies are no doorbells, and are not taken into memory.
inline constexpr std::size_t longest_body = 64 << 10;

/// What a message means to us.
struct Understood {
    Doorbell bell;
    bool is_ours = false;  ///< it names this state file
    /// Of a request of NestJS: its id, to be repeated in the answer.  Absent: nobody waits.
    std::optional<std::string> request_id;
    std::string problem;  ///< why it cannot be understood; then the rest says nothing
};

/// Reads a doorbell in either form: {"batchId": ...}, or NestJS's
/// {"pattern": "process-batch", "data": {"batchId": ...}}.  Members that nobody knows are ignored.
Understood understand(const Message& message, std::string_view state_id);

/// The message for it; in the form of settings.envelope.
Message doorbell_message(const Doorbell& bell, const QueuePlace& place);

/// The answer to a request of NestJS: accepted, or the reason why not.
Message answer_to(const Message& request, const std::string& request_id, std::string_view batch_id,
                  std::string_view problem);

}  // namespace batch::amqp
