#include "core/os/fd.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace batch {

Fd& Fd::operator=(Fd&& other) noexcept {
    Fd old{std::exchange(fd_, other.release())};
    return *this;
}

Fd::~Fd() {
    // Never repeated after EINTR: on Linux the descriptor is gone already (close(2)).
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_error("make a pipe", errno);
    }
    return Pipe{.read = Fd{ends[0]}, .write = Fd{ends[1]}};
}

void set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        throw system_error("make a descriptor non-blocking", errno);
    }
}

namespace {

void wait_until_ready(int fd, short events) {
    pollfd waiting{.fd = fd, .events = events, .revents = 0};
    while (::poll(&waiting, 1, -1) < 0 && errno == EINTR) {
    }
}

}  // namespace

std::string read_all(int fd, std::size_t limit) {
    std::string bytes;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count == 0) {
            return bytes;
        }
        if (count < 0 && errno == EAGAIN) {
            wait_until_ready(fd, POLLIN);
        } else if (count < 0 && errno != EINTR) {
            throw system_error("read", errno);
        } else if (count > 0) {
            bytes.append(buffer.data(), static_cast<std::size_t>(count));
        }
        if (bytes.size() > limit) {
            throw Error(ErrorKind::bad_input, fmt::format("more than {} bytes", limit))
                .with_code("too_large");
        }
    }
}

std::optional<std::size_t> write_quietly(int fd, std::string_view bytes) {
    // The disposition of SIGPIPE belongs to the program, so it is caught for this one call.
    sigset_t pipe;
    sigset_t before;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    const int reason = count < 0 ? errno : 0;
    if (reason == EPIPE && ::sigismember(&before, SIGPIPE) == 0) {
        const timespec at_once{};
        ::sigtimedwait(&pipe, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (count >= 0) {
        return static_cast<std::size_t>(count);
    }
    if (reason == EAGAIN || reason == EINTR) {
        return std::nullopt;
    }
    if (reason == EPIPE) {
        return 0;
    }
    throw system_error("write", reason);
}

void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            wait_until_ready(fd, POLLOUT);
        } else if (errno != EINTR) {
            throw system_error("write", errno);
        }
    }
}

}  // namespace batch
