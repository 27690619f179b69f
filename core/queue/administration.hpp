#pragma once

#include "core/base/time.hpp"
#include "core/queue/queue.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace batch {

/// A queue on a server, as far as it tells.
struct QueueState {
    std::string name;
    std::string type;         ///< "quorum", "classic", ...; empty: it could not be found out
    std::string differs;      ///< how it is not as batchd would declare it; empty: it is
    bool drops_dead = false;  ///< it was declared without a place for dead letters
    bool forgets = false;     ///< it drops what was looked at often, see `dead`
    std::uint32_t ready = 0;  ///< messages that no consumer has
    std::uint32_t consumers = 0;
};

/// What a server says of itself and of our queues.
struct ServerState {
    std::string url;                      ///< without the password
    std::string product;                  ///< "RabbitMQ"
    std::string version;                  ///< printable and short; empty if it tells none
    std::string shortcoming;              ///< what this version lacks; empty: nothing
    std::chrono::microseconds answer{0};  ///< from a message to its confirmation
    std::string blocked;                  ///< why it takes no messages; empty: it does
    std::optional<QueueState> queue;      ///< absent: it is not declared
    std::optional<QueueState> dead;
};

/// A message that nobody could use.
struct DeadLetter {
    std::string id;      ///< its message id, or one made of its content
    std::string why;     ///< for people
    std::string reason;  ///< the server's word: "rejected", "delivery_limit"; may be empty
    std::string app_id;
    std::optional<std::chrono::sys_seconds> sent;
    std::map<std::string, std::string> headers;
    std::uint64_t size = 0;  ///< of the body in bytes
    std::string body;        ///< empty if it is longer than 64 KiB

    /// Else only its removal is left to it: batchd takes no such message.
    bool is_whole() const noexcept { return body.size() == size; }
};

/// What people do with a queue on a server.  All throw Error{unavailable, permission, config} if
/// the server cannot be used.
class Administration {
public:
    virtual ~Administration() = default;

    /// Creates what is missing and says what is there then.  Throws Error{conflict} with both
    /// sides' arguments if there is another queue of that name.
    virtual std::string declare() = 0;

    virtual ServerState state() = 0;

    /// Throws Error{permission} if this user may not consume from the queue, as batchd does.  Takes
    /// no message, and says nothing of a queue that is not there.  Not after state().
    virtual void check_may_consume() = 0;

    enum class Fate { keep, requeue, drop };

    /// Decides about each dead letter; a kept one stays where it is.  Returns how many are gone.
    /// Throws Error{not_found} if there is no queue for dead letters, and Error{operation} at one
    /// that is not whole and should be requeued.
    virtual std::size_t bury(const std::function<Fate(const DeadLetter&)>& decide) = 0;

    /// The same, but nothing is done before all have been seen and `check` has not thrown.
    virtual std::size_t bury_all_or_none(const std::function<Fate(const DeadLetter&)>& decide,
                                         const std::function<void()>& check) = 0;

protected:
    Administration() = default;
    Administration(const Administration&) = default;
    Administration& operator=(const Administration&) = default;
};

}  // namespace batch
