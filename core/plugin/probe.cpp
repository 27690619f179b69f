#include "core/plugin/probe.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/file.hpp"

#include <fmt/core.h>

#include <chrono>

namespace batch {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr int ready_factor = 6;  // 30 s where an answer may take 5 s
constexpr std::string_view batch_id = "01a2049c-5f10-7aa2-b3c0-02d6f81e6c55";
constexpr std::string_view input =
    R"({"text":"<p>Ada</p>","media_type":"text/html","name":"Ada.html"})";

Error broken(const std::string& message, const std::string& mend) {
    return {ErrorKind::operation, message, mend};
}

}  // namespace

Probe::Probe(const ConformanceTask& task, const Manifest& manifest, fs::path folder)
    : task_{task}, manifest_{manifest}, folder_{std::move(folder)} {}

void Probe::start(const std::string& options, const std::optional<std::vector<std::string>>& env) {
    PluginLaunch launch = task_.launch;
    launch.view.writable.push_back(folder_);
    if (env) {
        launch.env = env;
    }
    wire_.emplace(Wire::start(plugin_command(launch)));
    std::string frame;
    append_init(
        frame,
        {.options = options, .template_text = task_.template_text, .jailed = task_.launch.jailed});
    send(frame);
    const Answer answer = next("ready", task_.patience * ready_factor);
    if (answer.type == AnswerType::error) {
        const PluginError error = error_of(answer);
        throw broken(
            fmt::format("it refuses these options: {}", printable(error.message)),
            error.hint.empty() ? "test it with options that it takes: NAME:key=value" : error.hint);
    }
    if (answer.type != AnswerType::ready) {
        throw broken("it answers init with something else than ready",
                     R"(print {"type":"ready"} first)");
    }
}

std::string Probe::make_item(const std::string& row) {
    std::string dir;
    if (manifest_.files) {
        dir = folder_ / std::to_string(next_id_);
        ensure_dir(dir);
    }
    std::string frame;
    append_item(frame, {.id = next_id_,
                        .batch = batch_id,
                        .index = static_cast<std::uint32_t>(next_id_),
                        .row = row,
                        .input = input,
                        .dir = dir});
    in_hand_.insert(next_id_++);
    return frame;
}

std::string Probe::take_answer() {
    const std::string waiting_for = fmt::format("an answer to item {}", *in_hand_.begin());
    for (;;) {
        const Answer answer = next(waiting_for, task_.patience);
        if (answer.type == AnswerType::result || answer.type == AnswerType::error) {
            return settle(answer);
        }
    }
}

void Probe::take_all() {
    while (!in_hand_.empty()) {
        take_answer();
    }
}

void Probe::ping() {
    std::string frame;
    append_ping(frame);
    send(frame);
    for (;;) {
        const Answer answer = next("pong", task_.patience);
        if (answer.type == AnswerType::pong) {
            return;
        }
        if (answer.type == AnswerType::result || answer.type == AnswerType::error) {
            settle(answer);
        }
    }
}

/// The next frame that matters; logs and progress are let pass.
Answer Probe::next(std::string_view waiting_for, Millis patience) {
    const BootTime deadline = BootClock::now() + patience;
    while (auto line = wire_->next_line(deadline)) {
        line_ = std::move(*line);
        ++lines_;
        Answer answer;
        try {
            answer = reader_.read(line_);
        } catch (const Error& error) {
            throw broken(fmt::format("line {} of stdout {}", lines_, error.what()),
                         "stdout is for frames; print to stderr: it becomes the item's log");
        }
        if (answer.type != AnswerType::log && answer.type != AnswerType::progress) {
            return answer;
        }
    }
    fail_ended(waiting_for);
}

void Probe::fail_ended(std::string_view waiting_for) {
    if (wire_->line_too_long()) {
        throw broken(fmt::format("line {} of stdout is longer than 4 MiB", lines_ + 1),
                     "what is long belongs in a file");
    }
    if (!wire_->output_ended()) {
        throw broken(fmt::format("{} did not come within {}", waiting_for,
                                 brief(waiting_for == "ready" ? task_.patience * ready_factor
                                                              : task_.patience)),
                     "answer every frame at once, and flush stdout after each line");
    }
    const auto exit = wire_->wait_exit(BootClock::now() + task_.patience);
    const std::string said = wire_->last_words();
    throw broken(
        fmt::format("it left ({}) and owes {}{}{}", exit ? text_of(*exit) : "its stdout is closed",
                    waiting_for, said.empty() ? "" : ": ", said),
        "an error of one item is a frame of type error; read on until stdin ends");
}

std::string Probe::settle(const Answer& answer) {
    if (!answer.id || *answer.id >= next_id_ || *answer.id == 0) {
        throw broken(fmt::format("line {} of stdout answers an item that was never sent", lines_),
                     "an answer has the id of its item, as the number it was");
    }
    if (in_hand_.erase(*answer.id) == 0) {
        throw broken(
            fmt::format("line {} of stdout is a second answer to item {}", lines_, *answer.id),
            "one result or error for each item");
    }
    if (answer.type == AnswerType::error) {
        const PluginError error = error_of(answer);
        return fmt::format("error {}: {}", error.code, printable(error.message));
    }
    if (!answer.fault.empty()) {
        throw broken(std::string{answer.fault}, "see RESULT in batch-plugin(7)");
    }
    check_files(answer);
    return "result";
}

void Probe::check_files(const Answer& answer) const {
    for (const FrameFile& file : files_of(answer.files)) {
        const fs::path path = folder_ / std::to_string(*answer.id) / file.path;
        if (!manifest_.files || !fs::is_regular_file(path)) {
            throw broken(
                fmt::format("its result names a file that is not there: {}", printable(file.path)),
                "files lie in the item's dir, complete, and their paths are relative to "
                "it; the manifest has \"files\": true");
        }
    }
}

}  // namespace batch
