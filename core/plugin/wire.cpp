#include "core/plugin/wire.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/poll.hpp"
#include "core/plugin/frames.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include <unistd.h>

namespace batch {

namespace {

constexpr std::size_t kept_of_stderr = std::size_t{64} << 10;

pollfd watch(int fd, short events) {
    return {.fd = fd, .events = events, .revents = 0};
}

/// What is there now.  Empty and `ended` at the end of the pipe.
std::string_view read_now(int fd, std::span<char> buffer, bool& ended) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    ended = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

}  // namespace

Wire Wire::start(Command command) {
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    command.in = in.read.get();
    command.out = out.write.get();
    command.err = err.write.get();
    Wire wire{Child::spawn(command)};
    wire.in_ = std::move(in.write);
    wire.out_ = std::move(out.read);
    wire.err_ = std::move(err.read);
    for (const int fd : {wire.in_.get(), wire.out_.get(), wire.err_.get()}) {
        set_nonblocking(fd);
    }
    return wire;
}

void Wire::send(std::string_view bytes) {
    to_send_ += bytes;
    write_some();
}

void Wire::close_input() {
    close_when_sent_ = true;
    write_some();
}

std::optional<std::string> Wire::next_line(BootTime deadline) {
    for (;;) {
        if (auto line = take_line()) {
            return line;
        }
        if (!out_ || too_long_ || !service(deadline)) {
            return std::nullopt;
        }
    }
}

std::optional<Exit> Wire::wait_exit(BootTime deadline) {
    for (;;) {
        if (const auto exit = child_.try_wait()) {
            return exit;
        }
        if (!service(deadline)) {
            return std::nullopt;
        }
    }
}

/// One round of waiting and moving bytes; false when the deadline has passed.
bool Wire::service(BootTime deadline) {
    std::array fds{watch(to_send_.empty() ? -1 : in_.get(), POLLOUT), watch(out_.get(), POLLIN),
                   watch(err_.get(), POLLIN), watch(child_.poll_fd(), POLLIN)};
    if (!wait_for_any(fds, deadline - BootClock::now())) {
        return false;
    }
    if (fds[0].revents != 0) {
        write_some();
    }
    const bool out_ready = fds[1].revents != 0;
    const bool err_ready = fds[2].revents != 0;
    if (out_ready) {
        read_out();
    }
    if (err_ready) {
        read_err();
    }
    if (fds[3].revents != 0 && !out_ready && !err_ready) {
        // It has ended and the pipes are empty; a process it left behind may keep them open.
        out_ = Fd{};
        err_ = Fd{};
        in_ = Fd{};
        to_send_.clear();
    }
    return true;
}

void Wire::write_some() {
    while (in_ && !to_send_.empty()) {
        const auto count = write_quietly(in_.get(), to_send_);
        if (!count) {
            break;
        }
        if (*count == 0) {  // nobody reads any more
            to_send_.clear();
            in_ = Fd{};
        }
        to_send_.erase(0, *count);
    }
    if (close_when_sent_ && to_send_.empty()) {
        in_ = Fd{};
    }
}

void Wire::read_out() {
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    bool ended = false;
    received_ += read_now(out_.get(), buffer, ended);
    if (ended) {
        out_ = Fd{};
    }
}

void Wire::read_err() {
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    bool ended = false;
    const std::string_view text = read_now(err_.get(), buffer, ended);
    stderr_ += text.substr(0, kept_of_stderr - std::min(kept_of_stderr, stderr_.size()));
    if (ended) {
        err_ = Fd{};
    }
}

std::optional<std::string> Wire::take_line() {
    const auto end = received_.find('\n', searched_);
    if (end == std::string::npos && (out_ || received_.empty())) {
        searched_ = received_.size();
        too_long_ = too_long_ || received_.size() > longest_frame;
        return std::nullopt;
    }
    std::string line = received_.substr(0, end);
    received_.erase(0, end == std::string::npos ? end : end + 1);
    searched_ = 0;
    return line;
}

std::string Wire::last_words() const {
    const std::string_view text = trim(stderr_);
    return printable(text.substr(text.rfind('\n') + 1));
}

}  // namespace batch
