#include "daemon/plugins/exec/loop.hpp"

#include "core/base/error.hpp"
#include "core/os/escaped.hpp"
#include "core/os/poll.hpp"
#include "daemon/plugins/exec/answer.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>

#include <unistd.h>

namespace batch::exec {

using namespace std::chrono_literals;

namespace {

constexpr int exit_config = 78;  // sysexits.h
constexpr auto between_logs = 1s;

/// Where the entries of Loop::fds_ stand.
constexpr std::size_t at_stdin = 0;
constexpr std::size_t at_signals = 1;
constexpr std::size_t at_run = 2;

struct Head {
    std::string_view type;
    std::uint64_t id = 0;
    std::string_view options;
};

Head head_of(std::string_view frame) {
    Head head;
    for_each_member(frame, [&](std::string_view key, std::string_view value) {
        if (key == "\"type\"") {
            head.type = value;
        } else if (key == "\"id\"") {
            std::from_chars(value.data(), value.data() + value.size(), head.id);
        } else if (key == "\"options\"") {
            head.options = value;
        }
    });
    return head;
}

}  // namespace

Loop::Loop(Fd out) : out_fd_{std::move(out)}, term_{SIGTERM} {
    become_subreaper();
}

Loop::~Loop() {
    run_.reset();
    kill_descendants();
}

int Loop::run() {
    while (!refused_ && !(leaving_ && !run_)) {
        wait();
        if (fds_[at_signals].revents != 0 && term_.read()) {
            // batchd has told the whole group, so the command knows; it gets the time that is left.
            leaving_ = true;
            waiting_.clear();
        }
        if (fds_[at_stdin].revents != 0 && !read_frames()) {
            leave();
        }
        if (run_) {
            handle_run();
        }
        start_next();
        write_all(out_fd_.get(), std::exchange(out_, {}));
    }
    return refused_ ? exit_config : 0;
}

void Loop::wait() {
    fds_.assign({{.fd = leaving_ ? -1 : STDIN_FILENO, .events = POLLIN, .revents = 0},
                 {.fd = term_.poll_fd(), .events = POLLIN, .revents = 0}});
    if (!run_) {
        wait_for_any(fds_, std::nullopt);
        return;
    }
    run_->watch(fds_);
    BootTime wake = *next_log_;
    if (const auto due = run_->wake_at()) {
        wake = std::min(wake, *due);
    }
    wait_for_any(fds_, wake - BootClock::now());
}

/// False at the end of the input.
bool Loop::read_frames() {
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): hot path
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count <= 0) {
        return count < 0 && (errno == EINTR || errno == EAGAIN);
    }
    in_.append(buffer.data(), static_cast<std::size_t>(count));
    take_lines();
    if (in_.size() > longest_frame) {
        throw Error(ErrorKind::bad_input, "a frame is longer than 4 MiB");
    }
    return true;
}

void Loop::take_lines() {
    std::size_t begin = 0;
    for (auto end = in_.find('\n'); end != std::string::npos; end = in_.find('\n', begin)) {
        take(std::string_view{in_}.substr(begin, end - begin));
        begin = end + 1;
    }
    in_.erase(0, begin);
}

void Loop::take(std::string_view line) {
    if (validator_.problem(line)) {
        std::fputs("a frame is not JSON; ignored\n", stderr);
        return;
    }
    const Head head = head_of(line);
    if (head.type == "\"init\"") {
        init(head.options);
    } else if (head.type == "\"ping\"") {
        out_ += "{\"type\":\"pong\"}\n";
    } else if (head.type == "\"cancel\"") {
        cancel(head.id);
    } else if (head.type == "\"item\"" && options_) {
        try {
            waiting_.push_back(parse_task(line, *options_));
        } catch (const Error& error) {
            append_error(out_, head.id, failure_of(error));
        }
    }
}

void Loop::init(std::string_view options) {
    try {
        options_ = parse_options(options.empty() ? "{}" : options);
        out_ += "{\"type\":\"ready\"}\n";
    } catch (const Error& error) {
        out_ += R"({"type":"error","class":"config","code":"bad_options","message":)";
        append_json_string(out_, error.what());
        out_ += "}\n";
        refused_ = true;
    }
}

void Loop::cancel(std::uint64_t id) {
    if (run_ && run_->task().id == id) {
        run_->stop();
    }
    if (std::erase_if(waiting_, [id](const Task& task) { return task.id == id; }) > 0) {
        append_error(out_, id,
                     {.error_class = ErrorClass::cancelled,
                      .code = "cancelled",
                      .message = "cancelled before it began"});
    }
}

void Loop::start_next() {
    while (!run_ && !leaving_ && !waiting_.empty()) {
        const std::uint64_t id = waiting_.front().id;
        try {
            run_.emplace(std::move(waiting_.front()));
            next_log_ = BootClock::now() + between_logs;
        } catch (const Error& error) {
            append_error(out_, id, failure_of(error));
        }
        waiting_.pop_front();
    }
}

void Loop::handle_run() {
    try {
        run_->handle(std::span{fds_}.subspan(at_run));
        if (run_->finished()) {
            append_answer(out_, *run_);
            run_.reset();
        } else if (BootClock::now() >= *next_log_) {
            append_new_log(out_, *run_);
            next_log_ = BootClock::now() + between_logs;
        }
    } catch (const Error& error) {
        append_error(out_, run_->task().id, failure_of(error));
        run_.reset();
        kill_descendants();
    }
}

void Loop::leave() {
    leaving_ = true;
    waiting_.clear();
    if (run_) {
        run_->stop();
    }
}

}  // namespace batch::exec
