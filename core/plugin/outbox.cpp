#include "core/plugin/outbox.hpp"

#include "core/plugin/limits.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace batch::plugin {

namespace {

// Large enough that a window of small answers leaves in one write.
constexpr std::size_t flush_at = 256 * 1024;

Json frame_of(const char* type) {
    return Json{{"type", type}};
}

Json frame_of(const Refusal& refusal) {
    Json frame = frame_of("error");
    frame["class"] = word_of(refusal.error_class);
    frame["code"] = refusal.code;
    frame["message"] = refusal.message;
    if (!refusal.hint.empty()) {
        frame["hint"] = refusal.hint;
    }
    if (refusal.after) {
        frame["after_ms"] = refusal.after->count();
    }
    return frame;
}

/// Throws Refused if the member is there and longer than an item's may be.
void check_size(const Json& content, const char* member) {
    const auto found = content.find(member);
    if (found == content.end()) {
        return;
    }
    const std::size_t size =
        found->is_string() ? found->get_ref<const std::string&>().size() : found->dump().size();
    if (size > longest_text) {
        throw Refused({.code = "too_large",
                       .message = std::string("the ") + member + " of the result has " +
                                  std::to_string(size) + " bytes, 1 MiB is the limit",
                       .hint = "",
                       .after = {}});
    }
}

}  // namespace

Refused::Refused(Refusal refusal)
    : std::runtime_error(refusal.message), refusal_(std::move(refusal)) {}

Outbox::Outbox(Fd fd) noexcept : fd_(std::move(fd)) {}

void Outbox::ready() {
    append(frame_of("ready"));
}

void Outbox::pong() {
    append(frame_of("pong"));
}

void Outbox::result(ItemId item, Json content) {
    try {
        check_size(content, "text");
        check_size(content, "value");
        content["type"] = "result";
        content["id"] = item;
        buffer_ += content.dump() + '\n';  // throws where a text is not UTF-8
    } catch (const Refused& refused) {
        error(item, refused.refusal());
    } catch (const Json::type_error&) {
        error(item,
              {.code = "not_utf8", .message = "the result is not UTF-8", .hint = "", .after = {}});
    }
    if (buffer_.size() >= flush_at) {
        flush();
    }
}

void Outbox::error(ItemId item, const Refusal& refusal) {
    Json frame = frame_of(refusal);
    frame["id"] = item;
    append(frame);
}

void Outbox::refuse(const Refusal& refusal) {
    append(frame_of(refusal));
}

void Outbox::progress(ItemId item, std::uint64_t done, std::uint64_t total) {
    Json frame = frame_of("progress");
    frame["id"] = item;
    frame["done"] = done;
    frame["total"] = total;
    append(frame);
}

void Outbox::log(ItemId item, const LogText& log) {
    Json frame = frame_of("log");
    frame["id"] = item;
    frame["level"] = log.level;
    frame["stream"] = log.stream;
    frame["text"] = log.text;
    if (log.cut_bytes > 0) {
        frame["cut_bytes"] = log.cut_bytes;
    }
    append(frame);
}

void Outbox::flush() {
    const std::string bytes = std::exchange(buffer_, {});
    if (!bytes.empty()) {
        write_all(fd_.get(), bytes);
    }
}

void Outbox::append(const Json& frame) {
    buffer_ += frame.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
    if (buffer_.size() >= flush_at) {
        flush();
    }
}

}  // namespace batch::plugin
