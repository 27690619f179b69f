#include "core/queue/amqp/message.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/json_member.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/base/uuid.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <utility>

namespace batch::amqp {
namespace {

constexpr const char* bell_header = "x-bell";
constexpr const char* state_header = "x-state";
constexpr const char* pattern = "process-batch";  // of the service that this one succeeds
constexpr const char* twice = "a member stands in it twice";
constexpr int newest_version = 1;
constexpr std::size_t widest = 64;  // of a stranger's words in ours

/// Strangers may write the number as a text.
std::optional<int> number_in(const HeaderValue& value) {
    int number = 0;
    if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
        return std::in_range<int>(*integer) ? std::optional(static_cast<int>(*integer))
                                            : std::nullopt;
    }
    const auto& text = std::get<std::string>(value);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

Understood not_understood(std::string problem) {
    return {.problem = std::move(problem)};
}

bool is_our_pattern(const Json& found) {
    return found.is_string() && found.get_ref<const std::string&>() == pattern;
}

Understood of_data(const Json& data) {
    if (!data.is_object() || !data.contains("batchId")) {
        return not_understood("it has no batchId");
    }
    if (const auto version = data.find("v");
        version != data.end() && (!version->is_number_integer() || *version > newest_version)) {
        return not_understood(
            "unsupported_version: it is of a version that this one does not know");
    }
    const Json& id = data["batchId"];
    if (!id.is_string() || !is_uuid(id.get_ref<const std::string&>())) {
        return not_understood("its batchId is no id of a batch");
    }
    return {.bell = {id.get<std::string>(), std::nullopt}};
}

/// Readers of JSON differ in which of two members they take: so nobody means it.
bool is_ambiguous(std::string_view object) {
    bool found = names_one_twice(object);
    for_each_member(object, [&found](std::string_view key, std::string_view value) {
        found = found || (json_text(key) == "data" && names_one_twice(value));
    });
    return found;
}

Understood of_body(const Message& message) {
    if (message.size > longest_body) {
        return not_understood(fmt::format("it has {} bytes", message.size));
    }
    Json json;
    try {
        json = parse_json(message.body, "the message");
    } catch (const Error& error) {
        return not_understood(error.what());
    }
    const bool ambiguous = is_ambiguous(message.body);
    if (!json.is_object() || !json.contains("pattern")) {
        return ambiguous ? not_understood(twice) : of_data(json);
    }
    Understood understood = ambiguous ? not_understood(twice)
                            : is_our_pattern(json["pattern"])
                                ? of_data(json.value("data", Json()))
                                : not_understood(fmt::format("its pattern is not \"{}\"", pattern));
    if (const auto id = json.find("id"); id != json.end() && id->is_string()) {
        understood.request_id = id->get<std::string>();
    }
    return understood;
}

}  // namespace

std::string text_in(const HeaderValue& value) {
    const auto* const integer = std::get_if<std::int64_t>(&value);
    return integer != nullptr ? std::to_string(*integer) : std::get<std::string>(value);
}

Understood understand(const Message& message, std::string_view state_id) {
    Understood understood = of_body(message);
    if (!understood.problem.empty()) {
        return understood;
    }
    if (const auto state = message.headers.find(state_header); state != message.headers.end()) {
        if (text_in(state->second) != state_id) {
            understood.problem = fmt::format("it is for the state file {}",
                                             clipped(printable(text_in(state->second)), widest));
            return understood;
        }
        understood.is_ours = true;
    }
    if (const auto bell = message.headers.find(bell_header); bell != message.headers.end()) {
        understood.bell.number = number_in(bell->second);
        if (!understood.bell.number) {
            understood.problem = fmt::format("its {} is no number", bell_header);
        }
    }
    return understood;
}

Message doorbell_message(const Doorbell& bell, const QueuePlace& place) {
    const Json data{{"batchId", bell.batch_id}};
    const bool nested = place.settings.envelope == Envelope::nestjs;
    Message message{.body = dump(nested ? Json{{"pattern", pattern}, {"data", data}} : data),
                    .content_type = "application/json",
                    .message_id = uuid_v7(now()),
                    .app_id = place.program,
                    .timestamp = static_cast<std::uint64_t>(
                        std::chrono::floor<std::chrono::seconds>(now().time_since_epoch()).count()),
                    .persistent = true,
                    .headers = {{state_header, HeaderValue(place.state_id)}}};
    if (bell.number) {
        message.headers[bell_header] = std::int64_t{*bell.number};
    }
    return message;
}

Message answer_to(const Message& request, const std::string& request_id, std::string_view batch_id,
                  std::string_view problem) {
    Json body;
    if (problem.empty()) {
        body["response"] = Json{{"batchId", batch_id}};
    } else {
        body["err"] = problem;
    }
    body["isDisposed"] = true;
    body["id"] = request_id;
    return {.body = dump(body),
            .content_type = "application/json",
            .correlation_id = request.correlation_id};
}

}  // namespace batch::amqp
