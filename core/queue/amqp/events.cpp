#include "core/queue/amqp/events.hpp"

#include "core/queue/amqp/bytes.hpp"

#include <utility>

namespace batch::amqp {
namespace {

HeaderValue header_value(const amqp_field_value_t& value) {
    switch (value.kind) {
        case AMQP_FIELD_KIND_UTF8:
        case AMQP_FIELD_KIND_BYTES: return text_of(value.value.bytes);
        case AMQP_FIELD_KIND_I8: return value.value.i8;
        case AMQP_FIELD_KIND_U8: return value.value.u8;
        case AMQP_FIELD_KIND_I16: return value.value.i16;
        case AMQP_FIELD_KIND_U16: return value.value.u16;
        case AMQP_FIELD_KIND_I32: return value.value.i32;
        case AMQP_FIELD_KIND_U32: return value.value.u32;
        case AMQP_FIELD_KIND_I64: return value.value.i64;
        default: return "(neither a text nor a whole number)";
    }
}

}  // namespace

std::optional<Event> Events::next() {
    amqp_frame_t frame{};
    while (connection_.next(frame)) {
        std::optional<Event> event = take(frame);
        amqp_maybe_release_buffers(connection_.get());
        if (event) {
            return event;
        }
    }
    return std::nullopt;
}

std::optional<Event> Events::take(const amqp_frame_t& frame) {
    switch (frame.frame_type) {
        case AMQP_FRAME_METHOD: return take_method(frame.payload.method);
        case AMQP_FRAME_HEADER:
            take_header(*static_cast<amqp_basic_properties_t*>(frame.payload.properties.decoded),
                        frame.payload.properties.body_size);
            if (keeps_encoded_) {
                content_.encoded = text_of(frame.payload.properties.raw);
            }
            return complete();
        case AMQP_FRAME_BODY:
            received_ += frame.payload.body_fragment.len;
            if (content_.size <= longest_body) {
                content_.body += text_of(frame.payload.body_fragment);
            }
            return complete();
        default: return std::nullopt;
    }
}

std::optional<Event> Events::take_method(const amqp_method_t& method) {
    switch (method.id) {
        case AMQP_BASIC_DELIVER_METHOD: {
            const auto* const said = static_cast<amqp_basic_deliver_t*>(method.decoded);
            begun_ = Delivered{.tag = said->delivery_tag, .redelivered = said->redelivered != 0};
            return std::nullopt;
        }
        case AMQP_BASIC_RETURN_METHOD: {
            const auto* const said = static_cast<amqp_basic_return_t*>(method.decoded);
            begun_ = ReturnedMessage{.code = said->reply_code, .text = text_of(said->reply_text)};
            return std::nullopt;
        }
        case AMQP_BASIC_ACK_METHOD: {
            const auto* const said = static_cast<amqp_basic_ack_t*>(method.decoded);
            return Confirmed{said->delivery_tag, said->multiple != 0, true};
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto* const said = static_cast<amqp_basic_nack_t*>(method.decoded);
            return Confirmed{said->delivery_tag, said->multiple != 0, false};
        }
        case AMQP_BASIC_CANCEL_METHOD: return Cancelled{};
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return Blocked{
                true, text_of(static_cast<amqp_connection_blocked_t*>(method.decoded)->reason)};
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return Blocked{false, {}};
        default: return std::nullopt;
    }
}

void Events::take_header(const amqp_basic_properties_t& properties, std::uint64_t size) {
    content_ = {.size = size};
    received_ = 0;
    const auto has = [&properties](amqp_flags_t flag) { return (properties._flags & flag) != 0; };
    const auto text = [&has](amqp_flags_t flag, amqp_bytes_t bytes) {
        return has(flag) ? text_of(bytes) : std::string();
    };
    content_.content_type = text(AMQP_BASIC_CONTENT_TYPE_FLAG, properties.content_type);
    content_.message_id = text(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id);
    content_.app_id = text(AMQP_BASIC_APP_ID_FLAG, properties.app_id);
    content_.reply_to = text(AMQP_BASIC_REPLY_TO_FLAG, properties.reply_to);
    content_.correlation_id = text(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id);
    content_.persistent =
        has(AMQP_BASIC_DELIVERY_MODE_FLAG) && properties.delivery_mode == AMQP_DELIVERY_PERSISTENT;
    if (has(AMQP_BASIC_TIMESTAMP_FLAG)) {
        content_.timestamp = properties.timestamp;
    }
    for (int i = 0; has(AMQP_BASIC_HEADERS_FLAG) && i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& each = properties.headers.entries[i];
        content_.headers.emplace(text_of(each.key), header_value(each.value));
    }
}

std::optional<Event> Events::complete() {
    if (!begun_ || received_ < content_.size) {
        return std::nullopt;
    }
    std::optional<Event> event = std::exchange(begun_, std::nullopt);
    if (auto* const delivered = std::get_if<Delivered>(&*event)) {
        delivered->message = std::exchange(content_, {});
    } else if (auto* const returned = std::get_if<ReturnedMessage>(&*event)) {
        returned->message_id = content_.message_id;
    }
    return event;
}

}  // namespace batch::amqp
