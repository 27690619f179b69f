#include "core/queue/amqp/connection.hpp"

#include "core/base/error.hpp"
#include "core/os/poll.hpp"
#include "core/queue/amqp/bytes.hpp"
#include "core/queue/amqp/reaching.hpp"

#include <amqp_tcp_socket.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace batch::amqp {
namespace {

using namespace std::chrono_literals;

constexpr int frame_max = 131'072;      // RabbitMQ's default
constexpr auto goodbye_within = 500ms;  // of connection.close

timeval timeval_of(std::chrono::nanoseconds duration) {
    const auto us = std::chrono::ceil<std::chrono::microseconds>(std::max(duration, 1'000'000ns));
    return {.tv_sec = us.count() / 1'000'000, .tv_usec = us.count() % 1'000'000};
}

timeval left_of(BootTime until) {
    return timeval_of(until - BootClock::now());
}

}  // namespace

Connection::Connection(const Target& target, std::string_view program, BootTime until)
    : target_(target), state_(amqp_new_connection()) {
    if (!state_) {
        throw Error(ErrorKind::internal, "no memory for a connection to RabbitMQ");
    }
    open_socket(*state_.get(), target_, until);
    log_in(program, until);
}

void Connection::answer_within(std::chrono::nanoseconds limit) {
    const timeval time = timeval_of(limit);
    amqp_set_rpc_timeout(state_.get(), &time);
}

Connection::~Connection() {
    if (broken_ || !state_) {
        return;
    }
    answer_within(goodbye_within);
    // What was acknowledged just now counts only if its channel is closed before the connection is.
    for (const amqp_channel_t channel : channels_) {
        if (amqp_channel_close(state_.get(), channel, AMQP_REPLY_SUCCESS).reply_type !=
            AMQP_RESPONSE_NORMAL) {
            return;
        }
    }
    // The answer would say nothing.
    amqp_connection_close_t goodbye{.reply_code = AMQP_REPLY_SUCCESS,
                                    .reply_text = amqp_cstring_bytes("done"),
                                    .class_id = 0,
                                    .method_id = 0};
    amqp_send_method(state_.get(), 0, AMQP_CONNECTION_CLOSE_METHOD, &goodbye);
}

void Connection::log_in(std::string_view program, BootTime until) {
    const timeval left = left_of(until);
    amqp_set_handshake_timeout(state_.get(), &left);
    amqp_set_rpc_timeout(state_.get(), &left);
    std::array capabilities{entry("authentication_failure_close", true), entry("basic.nack", true),
                            entry("connection.blocked", true),
                            entry("consumer_cancel_notify", true),
                            entry("publisher_confirms", true)};
    const amqp_table_t table{.num_entries = static_cast<int>(capabilities.size()),
                             .entries = capabilities.data()};
    std::array properties{entry("capabilities", table), entry("connection_name", program),
                          entry("product", std::string_view("batch")),
                          entry("version", std::string_view(BATCH_VERSION))};
    const amqp_table_t all{.num_entries = static_cast<int>(properties.size()),
                           .entries = properties.data()};
    const auto heartbeat = static_cast<int>(target_.heartbeat.count());
    const amqp_rpc_reply_t reply =
        target_.external
            ? amqp_login_with_properties(state_.get(), target_.vhost.c_str(), 0, frame_max,
                                         heartbeat, &all, AMQP_SASL_METHOD_EXTERNAL,
                                         target_.user.c_str())
            : amqp_login_with_properties(state_.get(), target_.vhost.c_str(), 0, frame_max,
                                         heartbeat, &all, AMQP_SASL_METHOD_PLAIN,
                                         target_.user.c_str(), target_.password.c_str());
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        broken_ = true;
        throw_login_failure(target_, reply);
    }
    version_ = server_version_of(*state_.get());
}

void Connection::open_channel(amqp_channel_t channel) {
    amqp_channel_open(state_.get(), channel);
    check_reply("open a channel", channel);
}

void Connection::begin_channel(amqp_channel_t channel) {
    amqp_channel_open_t open{};
    check_sent(amqp_send_method(state_.get(), channel, AMQP_CHANNEL_OPEN_METHOD, &open),
               "open a channel");
}

void Connection::acknowledge(amqp_channel_t channel, std::uint64_t tag) {
    note_answer(channel);
    check_sent(amqp_basic_ack(state_.get(), channel, tag, 0), "acknowledge");
}

void Connection::reject(amqp_channel_t channel, std::uint64_t tag) {
    note_answer(channel);
    check_sent(amqp_basic_reject(state_.get(), channel, tag, 0), "reject");
}

void Connection::note_answer(amqp_channel_t channel) {
    if (std::ranges::find(channels_, channel) == channels_.end()) {
        channels_.push_back(channel);
    }
}

void Connection::check_reply(std::string_view action, amqp_channel_t channel) {
    const amqp_rpc_reply_t reply = amqp_get_rpc_reply(state_.get());
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL: return;
        case AMQP_RESPONSE_NONE: check_sent(AMQP_STATUS_CONNECTION_CLOSED, action); return;
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: check_sent(reply.library_error, action); return;
        case AMQP_RESPONSE_SERVER_EXCEPTION: break;
    }
    amqp_frame_t closing{.frame_type = AMQP_FRAME_METHOD, .channel = channel};
    closing.payload.method = reply.reply;
    check_closing(closing);
}

void Connection::check_sent(int status, std::string_view action) {
    if (status < 0) {
        broken_ = true;
        throw Error(ErrorKind::unavailable, fmt::format("{} is lost: cannot {}: {}", target_.name(),
                                                        action, amqp_error_string2(status)));
    }
}

void Connection::check_closing(const amqp_frame_t& frame) {
    if (frame.frame_type != AMQP_FRAME_METHOD) {
        return;
    }
    if (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const auto* const said = static_cast<amqp_channel_close_t*>(frame.payload.method.decoded);
        amqp_channel_close_ok_t answer{};
        amqp_send_method(state_.get(), frame.channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &answer);
        std::erase(channels_, frame.channel);
        throw_refused(target_, said->reply_code, text_of(said->reply_text));
    }
    if (frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const auto* const said =
            static_cast<amqp_connection_close_t*>(frame.payload.method.decoded);
        amqp_connection_close_ok_t answer{};
        amqp_send_method(state_.get(), 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer);
        broken_ = true;
        throw_refused(target_, said->reply_code, text_of(said->reply_text));
    }
}

bool Connection::next(amqp_frame_t& frame) {
    timeval at_once{};
    const int status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &at_once);
    if (status == AMQP_STATUS_TIMEOUT) {
        return false;
    }
    check_sent(status, "read");
    check_closing(frame);
    return true;
}

// Data may be inside the library already, where poll() does not see it.
void Connection::wait(int wakeup, std::chrono::nanoseconds timeout) {
    if (amqp_frames_enqueued(state_.get()) != 0 || amqp_data_in_buffer(state_.get()) != 0) {
        return;
    }
    const std::chrono::nanoseconds pulse = std::chrono::nanoseconds{target_.heartbeat} / 4;
    std::array fds{pollfd{amqp_get_sockfd(state_.get()), POLLIN, 0}, pollfd{wakeup, POLLIN, 0}};
    wait_for_any(fds, std::min(timeout, pulse));
}

}  // namespace batch::amqp
