#include "core/queue/amqp/publishing.hpp"

#include "core/queue/amqp/again.hpp"
#include "core/queue/amqp/bytes.hpp"

#include <algorithm>
#include <utility>

namespace batch::amqp {
namespace {

/// The message's properties; lends its texts.
amqp_basic_properties_t properties_of(const Message& message,
                                      std::vector<amqp_table_entry_t>& headers) {
    amqp_basic_properties_t properties{};
    const auto set = [&properties](amqp_flags_t flag, amqp_bytes_t& to, const std::string& text) {
        if (!text.empty()) {
            properties._flags |= flag;
            to = lend(text);
        }
    };
    set(AMQP_BASIC_CONTENT_TYPE_FLAG, properties.content_type, message.content_type);
    set(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id, message.message_id);
    set(AMQP_BASIC_APP_ID_FLAG, properties.app_id, message.app_id);
    set(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id, message.correlation_id);
    if (message.persistent) {
        properties._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
        properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    }
    if (message.timestamp) {
        properties._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
        properties.timestamp = *message.timestamp;
    }
    for (const auto& [name, value] : message.headers) {
        headers.push_back(
            std::visit([&name](const auto& each) { return entry(name.c_str(), each); }, value));
    }
    if (!headers.empty()) {
        properties._flags |= AMQP_BASIC_HEADERS_FLAG;
        properties.headers = {.num_entries = static_cast<int>(headers.size()),
                              .entries = headers.data()};
    }
    return properties;
}

}  // namespace

Publishing::Publishing(const Target& target, std::string_view program, BootTime until)
    : connection_(target, program, until) {
    // Answered while the first message is on its way.
    connection_.begin_channel(messages_channel);
    amqp_confirm_select_t select{};
    connection_.check_sent(
        amqp_send_method(connection_.get(), messages_channel, AMQP_CONFIRM_SELECT_METHOD, &select),
        "ask for confirmations");
}

std::uint64_t Publishing::send(const std::string& queue, const Message& message) {
    const std::uint64_t tag = publish(queue, message, true);
    sent_[tag] = {.message_id = message.message_id};
    return tag;
}

std::uint64_t Publishing::send_again(const std::string& queue, const Message& message) {
    const Again again(message.encoded);
    const std::uint64_t tag = publish(queue, message.body, again.properties(), true);
    sent_[tag] = {.message_id = message.message_id};
    return tag;
}

void Publishing::send_answer(const std::string& reply_to, const Message& message) {
    sent_[publish(reply_to, message, false)] = {.awaited = false};
}

std::uint64_t Publishing::send_probe() {
    const std::uint64_t tag = publish("batch.nowhere", {}, false);
    sent_[tag] = {};
    return tag;
}

std::uint64_t Publishing::publish(const std::string& routing_key, const Message& message,
                                  bool mandatory) {
    std::vector<amqp_table_entry_t> headers;
    return publish(routing_key, message.body, properties_of(message, headers), mandatory);
}

// What has come is looked at first: the server may have closed the channel.
std::uint64_t Publishing::publish(const std::string& routing_key, const std::string& body,
                                  const amqp_basic_properties_t& properties, bool mandatory) {
    pump(-1, std::chrono::nanoseconds{0});
    connection_.check_sent(
        amqp_basic_publish(connection_.get(), messages_channel, amqp_empty_bytes, lend(routing_key),
                           mandatory ? 1 : 0, 0, &properties, lend(body)),
        "publish");
    return ++last_tag_;
}

void Publishing::pump(int wakeup, std::chrono::nanoseconds timeout) {
    bool any = false;
    while (const auto event = events_.next()) {
        any = true;
        take(*event);
    }
    if (!any && timeout.count() > 0) {
        connection_.wait(wakeup, timeout);
        while (const auto event = events_.next()) {
            take(*event);
        }
    }
}

void Publishing::await_all(BootTime until) {
    for (auto at = BootClock::now(); !sent_.empty() && at < until; at = BootClock::now()) {
        pump(-1, until - at);
    }
}

std::optional<Settlement> Publishing::await(std::uint64_t tag, BootTime until) {
    for (auto at = BootClock::now(); at < until; at = BootClock::now()) {
        pump(-1, until - at);
        for (const Settlement& settled : take_settled()) {
            if (settled.tag == tag) {
                return settled;
            }
        }
    }
    return std::nullopt;
}

void Publishing::take(const Event& event) {
    if (const auto* const blocked = std::get_if<Blocked>(&event)) {
        blocked_ = !blocked->blocked         ? ""
                   : blocked->reason.empty() ? "it is blocked"
                                             : blocked->reason;
    } else if (const auto* const returned = std::get_if<ReturnedMessage>(&event)) {
        // It comes before the confirmation.
        for (auto& [tag, sent] : sent_) {
            sent.returned = sent.returned || sent.message_id == returned->message_id;
        }
    } else if (const auto* const confirmed = std::get_if<Confirmed>(&event)) {
        auto sent = confirmed->and_before ? sent_.begin() : sent_.find(confirmed->tag);
        while (sent != sent_.end() && sent->first <= confirmed->tag) {
            settle(sent++, confirmed->taken);
        }
    }
}

void Publishing::settle(std::map<std::uint64_t, Sent>::iterator sent, bool taken) {
    if (sent->second.awaited) {
        settled_.push_back({.tag = sent->first,
                            .confirmed = taken && !sent->second.returned,
                            .unroutable = sent->second.returned});
    }
    sent_.erase(sent);
}

}  // namespace batch::amqp
