#include "daemon/plugins/exec/answer.hpp"

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/os/signals.hpp"
#include "daemon/plugins/exec/left_files.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace batch::exec {

namespace {

// sysexits.h, and what shells answer for a command that is not there or may not be executed.
constexpr int exit_data = 65;
constexpr std::array config_codes{78, 126, 127};

bool has(const std::vector<int>& codes, int code) {
    return std::ranges::find(codes, code) != codes.end();
}

/// What is not UTF-8 becomes U+FFFD: a log must not fail an item.
std::string as_utf8(std::string_view text) {
    std::string result;
    while (const auto at = utf8_error_offset(text)) {
        result.append(text.substr(0, *at)).append("\uFFFD");
        text.remove_prefix(*at + 1);
    }
    return result.append(text);
}

void append_log(std::string& out, std::uint64_t id, std::string_view stream,
                const LogKeeper::Piece& piece) {
    fmt::format_to(std::back_inserter(out), R"({{"type":"log","id":{},"stream":"{}","text":)", id,
                   stream);
    append_json_string(out, as_utf8(piece.text));
    if (piece.cut_bytes > 0) {
        fmt::format_to(std::back_inserter(out), R"(,"cut_bytes":{})", piece.cut_bytes);
    }
    out += "}\n";
}

void append_rest(std::string& out, std::uint64_t id, std::string_view stream, LogKeeper& log) {
    for (const auto& piece : log.take_rest()) {
        append_log(out, id, stream, piece);
    }
}

PluginError failure(ErrorClass error_class, std::string code, std::string message) {
    return {.error_class = error_class, .code = std::move(code), .message = std::move(message)};
}

PluginError exit_failure(Run& run, ErrorClass error_class) {
    const Exit exit = run.exit();
    const std::string said = run.err_log().last_line();
    return failure(
        error_class,
        exit.signal != 0 ? "signal_" + signal_name(exit.signal) : fmt::format("exit_{}", exit.code),
        said.empty() ? text_of(exit) : said);
}

PluginError too_long(const OutputKeeper& output) {
    const bool configured = output.limit() > longest_text;
    return failure(
        ErrorClass::permanent, "too_large",
        fmt::format("the command's output is longer than {}{}", bytes_text(output.limit()),
                    configured ? ", the limit (outputs.max_size)" : ""));
}

void append_files(std::string& out, const std::vector<FrameFile>& files) {
    out += R"(,"files":[)";
    for (const FrameFile& file : files) {
        out += R"({"path":)";
        append_json_string(out, file.path);
        if (!file.name.empty()) {
            out += R"(,"name":)";
            append_json_string(out, file.name);
        }
        out += R"(,"media_type":)";
        append_json_string(out, file.media_type);
        out += "},";
    }
    out.back() = ']';
}

/// As $(...) in a shell has it: without the line end.
std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    }
    return text;
}

void append_value(std::string& out, const OutputKeeper& output) {
    std::string text = output.text();
    if (const auto problem = JsonValidator{}.problem(text)) {
        throw Error(ErrorKind::bad_input,
                    trim(text).empty() ? "the command's output is empty, not JSON"
                                       : "the command's output is not JSON: " + problem->message)
            .with_code("not_json");
    }
    // A frame is one line.  Inside of JSON texts there is no line end, so a blank will do.
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(text, '\r', ' ');
    out.append(R"(,"value":)").append(trim(text));
}

/// The text; if it had to become a file, that is the first of the files.
void append_text(std::string& out, OutputKeeper& output, std::vector<FrameFile>& files) {
    if (!output.in_file() && !is_utf8(output.text())) {
        output.move_to_file();
    }
    if (!output.in_file()) {
        out += R"(,"text":)";
        append_json_string(out, without_line_end(output.text()));
        return;
    }
    const std::string type = output.is_text() ? "text/plain" : "application/octet-stream";
    files.insert(files.begin(), {.path = std::string{OutputKeeper::file_name},
                                 .name = files.empty()      ? ""
                                         : output.is_text() ? "stdout.txt"
                                                            : "stdout.bin",
                                 .media_type = type});
}

std::string result_of(Run& run) {
    const Task& task = run.task();
    std::string frame = fmt::format(R"({{"type":"result","id":{})", task.id);
    std::vector<FrameFile> files = left_files(task.folder);
    if (task.options.keep == Keep::text) {
        append_text(frame, run.output(), files);
    } else if (task.options.keep == Keep::json) {
        append_value(frame, run.output());
    }
    if (!files.empty()) {
        append_files(frame, files);
    }
    return frame + "}\n";
}

void append_success(std::string& out, Run& run) {
    try {
        out += result_of(run);
    } catch (const Error& error) {
        append_rest(out, run.task().id, "out", run.out_log());
        append_error(out, run.task().id, failure_of(error));
    }
}

}  // namespace

std::optional<ErrorClass> class_of(const Exit& exit, const Options& options) {
    if (exit.signal != 0) {
        return ErrorClass::retryable;
    }
    if (has(options.success_codes, exit.code)) {
        return std::nullopt;
    }
    if (has(options.no_retry_on, exit.code)) {
        return ErrorClass::permanent;
    }
    if (has(options.retry_on, exit.code)) {
        return ErrorClass::retryable;
    }
    if (std::ranges::find(config_codes, exit.code) != config_codes.end()) {
        return ErrorClass::config;
    }
    return exit.code == exit_data || !options.retry_on.empty() ? ErrorClass::permanent
                                                               : ErrorClass::retryable;
}

void append_answer(std::string& out, Run& run) {
    const std::uint64_t id = run.task().id;
    const auto error_class = class_of(run.exit(), run.task().options);
    PluginError error;
    if (run.output().too_long()) {
        error = too_long(run.output());
    } else if (run.stopped()) {
        error = failure(ErrorClass::cancelled, "cancelled", "the command was stopped");
    } else if (error_class) {
        error = exit_failure(run, *error_class);
    }
    append_rest(out, id, "err", run.err_log());
    if (error.code.empty()) {
        append_success(out, run);
        return;
    }
    append_rest(out, id, "out", run.out_log());
    append_error(out, id, error);
}

void append_new_log(std::string& out, Run& run) {
    if (std::string lines = run.err_log().take_lines(); !lines.empty()) {
        append_log(out, run.task().id, "err", {.text = std::move(lines)});
    }
}

void append_error(std::string& out, std::uint64_t id, const PluginError& error) {
    fmt::format_to(std::back_inserter(out),
                   R"({{"type":"error","id":{},"class":"{}","code":"{}","message":)", id,
                   word_of(error.error_class), error.code);
    append_json_string(out, as_utf8(error.message));
    if (!error.hint.empty()) {
        out += R"(,"hint":)";
        append_json_string(out, as_utf8(error.hint));
    }
    out += "}\n";
}

PluginError failure_of(const Error& error) {
    PluginError failure{.error_class = ErrorClass::retryable,
                        .code = std::string{error.code()},
                        .message = error.what(),
                        .hint = error.hint()};
    switch (error.kind()) {
        case ErrorKind::bad_input: failure.error_class = ErrorClass::permanent; break;
        case ErrorKind::config:
        case ErrorKind::not_found:
        case ErrorKind::permission:
            failure.error_class = ErrorClass::config;
            failure.code = "cannot_run";
            break;
        default: break;
    }
    return failure;
}

}  // namespace batch::exec
