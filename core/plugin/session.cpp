#include "core/plugin/session.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <fmt/core.h>

#include <chrono>
#include <csignal>

namespace batch {

using namespace std::chrono_literals;

namespace {

constexpr auto ready_limit = 30s;
constexpr auto leave_limit = 5s;

std::string text_or_nothing(RawJson json) {
    return json.empty() ? std::string{} : json_text(json);
}

PluginResult result_of(const Answer& answer) {
    PluginResult result{.media_type = text_or_nothing(answer.media_type),
                        .value = std::string{answer.value},
                        .files = files_of(answer.files),
                        .deliveries = std::string{answer.deliveries}};
    if (!answer.text.empty()) {
        result.text = json_text(answer.text);
    }
    return result;
}

}  // namespace

Command plugin_command(const PluginLaunch& launch) {
    Command command{.argv = {launch.program.native()}, .env = launch.env};
    if (launch.jailed) {
        command.argv = in_jail(command.argv, launch.view);
    }
    return command;
}

Session Session::start(const PluginLaunch& launch, const InitFrame& init) {
    const std::string name = "plugin " + launch.program.filename().native();
    try {
        Session session{Wire::start(plugin_command(launch))};
        std::string frame;
        append_init(frame, init);
        session.wire_.send(frame);
        const Answer answer = session.next(BootClock::now() + ready_limit);
        if (answer.type == AnswerType::error) {
            const PluginError error = error_of(answer);
            throw Error(ErrorKind::config, error.message, error.hint).with_code(error.code);
        }
        if (answer.type != AnswerType::ready) {
            throw Error(ErrorKind::config, "it answers init with something else than ready");
        }
        return session;
    } catch (const Error& error) {
        throw error.within(name);
    }
}

std::variant<PluginResult, PluginError> Session::run(ItemFrame item, Millis timeout) {
    item.id = next_id_++;
    std::string frame;
    append_item(frame, item);
    wire_.send(frame);
    const BootTime deadline = BootClock::now() + timeout;
    for (;;) {
        const Answer answer = next(deadline);
        if (answer.id != item.id) {
            continue;  // to an item that timed out before
        }
        if (!answer.fault.empty()) {
            return PluginError{.code = "protocol_error", .message = std::string{answer.fault}};
        }
        if (answer.type == AnswerType::result) {
            return result_of(answer);
        }
        if (answer.type == AnswerType::error) {
            return error_of(answer);
        }
    }
}

Exit Session::close() {
    wire_.close_input();
    if (const auto exit = wire_.wait_exit(BootClock::now() + leave_limit)) {
        return *exit;
    }
    wire_.child().signal_group(SIGKILL);
    return wire_.child().wait();
}

/// The next frame that is no log.
Answer Session::next(BootTime deadline) {
    while (auto line = wire_.next_line(deadline)) {
        line_ = std::move(*line);
        const Answer answer = reader_.read(line_);
        if (answer.type != AnswerType::log) {
            return answer;
        }
        logs_.push_back(log_of(answer));
    }
    if (wire_.line_too_long()) {
        throw Error(ErrorKind::operation, "it wrote a line of more than 4 MiB");
    }
    if (!wire_.output_ended()) {
        throw Error(ErrorKind::unfinished, "it did not answer in time");
    }
    const auto exit = wire_.wait_exit(BootClock::now() + leave_limit);
    const std::string said = wire_.last_words();
    throw Error(ErrorKind::operation, fmt::format("it left without an answer ({}){}{}",
                                                  exit ? text_of(*exit) : "its output is closed",
                                                  said.empty() ? "" : ": ", said));
}

}  // namespace batch
