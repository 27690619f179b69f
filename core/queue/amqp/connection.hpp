#pragma once

#include "core/base/handle.hpp"
#include "core/base/time.hpp"
#include "core/queue/amqp/target.hpp"

#include <amqp.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace batch::amqp {

/// The channels of a connection: one for messages, one for questions whose answer may be that the
/// channel is closed.
inline constexpr amqp_channel_t messages_channel = 1;
inline constexpr amqp_channel_t questions_channel = 2;

/// One connection to RabbitMQ, logged in.  It belongs to one thread, which has to look into it at
/// least every quarter of the heartbeat, or the connection is lost.
///
/// Errors: {unavailable} if it cannot be reached or is lost, {permission} for a wrong password or a
/// missing right, {config} for a vhost that is not there or a file of certificates.  What the
/// server says has the code "amqp_404" and so on (AMQP 0-9-1, constants).
class Connection {
public:
    /// Connects and logs in; `program` is shown in the server's lists.  Calls wait for their answer
    /// as long as there was time left, until answer_within() says otherwise.
    Connection(const Target& target, std::string_view program, BootTime until);

    /// Says goodbye if the connection is whole.
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    amqp_connection_state_t get() const noexcept { return state_.get(); }

    const Target& target() const noexcept { return target_; }

    /// The server's "version", printable and not long; empty if it does not say.
    const std::string& server_version() const noexcept { return version_; }

    void open_channel(amqp_channel_t channel);

    /// Asks for it without waiting for the answer, which comes among the frames.
    void begin_channel(amqp_channel_t channel);

    void acknowledge(amqp_channel_t channel, std::uint64_t tag);

    /// Not to be put back.
    void reject(amqp_channel_t channel, std::uint64_t tag);

    /// Throws what the last call that has an answer was told on this channel.
    void check_reply(std::string_view action, amqp_channel_t channel = questions_channel);

    /// Throws if a call without an answer could not be sent.
    void check_sent(int status, std::string_view action);

    /// The next frame that is here; false if there is none.  Serves the heartbeat.
    bool next(amqp_frame_t& frame);

    /// Waits for a frame or for `wakeup` to be readable; -1: for frames only.
    void wait(int wakeup, std::chrono::nanoseconds timeout);

    /// Throws what the server says in a frame that closes the channel or the connection, having
    /// answered it; returns for all others.
    void check_closing(const amqp_frame_t& frame);

    /// Calls that have an answer wait for it as long as this.
    void answer_within(std::chrono::nanoseconds limit);

    /// Nothing more is said to the other side, not even goodbye.
    void give_up() noexcept { broken_ = true; }

private:
    void note_answer(amqp_channel_t channel);
    void log_in(std::string_view program, BootTime until);

    Target target_;
    Handle<std::remove_pointer_t<amqp_connection_state_t>, amqp_destroy_connection> state_;
    std::string version_;
    std::vector<amqp_channel_t> channels_;  ///< on which something was answered
    bool broken_ = false;
};

}  // namespace batch::amqp
