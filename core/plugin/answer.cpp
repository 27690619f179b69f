// Reading the frames of plugins: the other half of frames.hpp.

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/plugin/frames.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <span>

namespace batch {

namespace {

constexpr Millis longest_wait = std::chrono::hours{24};  // that a plugin may ask for
constexpr std::size_t shown = 80;  // bytes of a wrong line that a message repeats

bool is_string(RawJson json) {
    return json.starts_with('"');
}

bool is_array(RawJson json) {
    return json.starts_with('[');
}

template <typename Number>
std::optional<Number> number_of(RawJson json) {
    Number number{};
    const auto [end, fault] = std::from_chars(json.data(), json.data() + json.size(), number);
    if (fault != std::errc{} || end != json.data() + json.size()) {
        return std::nullopt;
    }
    return number;
}

AnswerType type_of(RawJson word) {
    if (word == "\"result\"") {
        return AnswerType::result;
    }
    if (word == "\"error\"") {
        return AnswerType::error;
    }
    if (word == "\"log\"") {
        return AnswerType::log;
    }
    if (word == "\"progress\"") {
        return AnswerType::progress;
    }
    if (word == "\"ready\"") {
        return AnswerType::ready;
    }
    return word == "\"pong\"" ? AnswerType::pong : AnswerType::unknown;
}

/// A member of the frame and where its slice goes.
struct Member {
    std::string_view key;
    RawJson Answer::*slice;
};

constexpr std::array result_members{
    Member{"\"text\"", &Answer::text}, Member{"\"media_type\"", &Answer::media_type},
    Member{"\"value\"", &Answer::value}, Member{"\"files\"", &Answer::files},
    Member{"\"deliveries\"", &Answer::deliveries}};

constexpr std::array error_members{
    Member{"\"class\"", &Answer::error_class}, Member{"\"code\"", &Answer::code},
    Member{"\"message\"", &Answer::message}, Member{"\"hint\"", &Answer::hint},
    Member{"\"after_ms\"", &Answer::after_ms}};

constexpr std::array log_members{
    Member{"\"level\"", &Answer::level}, Member{"\"stream\"", &Answer::stream},
    Member{"\"text\"", &Answer::log_text}, Member{"\"cut_bytes\"", &Answer::cut_bytes}};

constexpr std::array progress_members{Member{"\"done\"", &Answer::done},
                                      Member{"\"total\"", &Answer::total}};

std::span<const Member> members_of(AnswerType type) {
    switch (type) {
        case AnswerType::result: return result_members;
        case AnswerType::error: return error_members;
        case AnswerType::log: return log_members;
        case AnswerType::progress: return progress_members;
        default: return {};
    }
}

/// The raw word; in almost every frame it is the first member.
RawJson find_type(std::string_view line) {
    for (JsonObjectScanner members{line}; members.next();) {
        if (members.key() == "\"type\"") {
            return members.value();
        }
    }
    return {};
}

void slice(std::string_view line, Answer& answer) {
    for_each_member(line, [&](std::string_view key, std::string_view value) {
        if (key == "\"id\"") {
            answer.id = number_of<std::uint64_t>(value);
            return;
        }
        for (const Member& member : members_of(answer.type)) {
            if (member.key == key) {
                answer.*member.slice = value;
                return;
            }
        }
    });
}

bool is_too_long(RawJson text) {
    // Escapes make it longer than what it stands for: only then it has to be read.
    return text.size() > longest_text + 2 && json_text(text).size() > longest_text;
}

std::string_view fault_of(Answer& answer) {
    for (auto slice : {&Answer::text, &Answer::media_type, &Answer::files, &Answer::deliveries}) {
        if (answer.*slice == "null") {
            answer.*slice = {};
        }
    }
    if (!answer.text.empty() && !is_string(answer.text)) {
        return "the \"text\" of its result is not a text";
    }
    if (!answer.media_type.empty() && !is_string(answer.media_type)) {
        return "the \"media_type\" of its result is not a text";
    }
    if ((!answer.files.empty() && !is_array(answer.files)) ||
        (!answer.deliveries.empty() && !is_array(answer.deliveries))) {
        return R"("files" or "deliveries" of its result is not a list)";
    }
    if (is_too_long(answer.text)) {
        return "the \"text\" of its result is longer than 1 MiB; longer ones belong in a file";
    }
    if (answer.value.size() > longest_text) {
        return "the \"value\" of its result is longer than 1 MiB; longer ones belong in a file";
    }
    return {};
}

std::string beginning_of(std::string_view line) {
    return line.size() <= shown ? printable(line) : printable(line.substr(0, shown)) + "...";
}

/// The text of a raw string; empty for anything else.
std::string text_or_nothing(RawJson json) {
    return is_string(json) ? json_text(json) : std::string{};
}

}  // namespace

Answer AnswerReader::read(std::string_view line) {
    const RawJson type = validator_.problem(line) ? RawJson{} : find_type(line);
    if (!is_string(type)) {
        throw Error(ErrorKind::bad_input, fmt::format("is no frame: {}", beginning_of(line)));
    }
    Answer answer;
    answer.type = type_of(type);
    slice(line, answer);
    if (answer.type == AnswerType::result) {
        answer.fault = fault_of(answer);
    }
    return answer;
}

PluginError error_of(const Answer& answer) {
    const auto error_class = error_class_of(text_or_nothing(answer.error_class));
    const auto after = number_of<std::int64_t>(answer.after_ms);
    PluginError error{.error_class = error_class.value_or(ErrorClass::permanent),
                      .code = text_or_nothing(answer.code),
                      .message = text_or_nothing(answer.message),
                      .hint = text_or_nothing(answer.hint),
                      .after = {}};
    if (after && *after >= 0) {
        error.after = std::min(Millis{*after}, longest_wait);
    }
    if (error.code.empty()) {
        error.code = "plugin_error";
    }
    if (error.message.empty()) {
        error.message = "the plugin did not say why";
    }
    return error;
}

PluginLog log_of(const Answer& answer) {
    PluginLog log{.level = text_or_nothing(answer.level),
                  .stream = text_or_nothing(answer.stream),
                  .text = text_or_nothing(answer.log_text),
                  .cut_bytes = number_of<std::uint64_t>(answer.cut_bytes).value_or(0)};
    if (log.stream != "err" && log.stream != "out") {
        log.stream = "log";
    }
    return log;
}

std::vector<FrameFile> files_of(RawJson files) {
    std::vector<FrameFile> result;
    if (files.empty()) {
        return result;
    }
    for (const Json& file : parse_json(files, "the list of files")) {
        const auto text = [&](const char* member) {
            const auto found = file.is_object() ? file.find(member) : file.end();
            return found != file.end() && found->is_string() ? found->get<std::string>()
                                                             : std::string{};
        };
        result.push_back(
            {.path = text("path"), .name = text("name"), .media_type = text("media_type")});
        if (result.back().path.empty()) {
            throw Error(ErrorKind::bad_input, "a file of its result has no \"path\"");
        }
    }
    return result;
}

}  // namespace batch
