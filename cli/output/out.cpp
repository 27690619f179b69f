#include "cli/output/out.hpp"

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "core/os/fd.hpp"
#include "core/os/poll.hpp"
#include "core/os/process.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include <unistd.h>

namespace batch::cli {
namespace {

constexpr std::size_t buffer_size = 1 << 16;

/// One per program, as standard output is.  Main thread only.
class Out {
public:
    void start() {
        buffer_.clear();
        gone_ = false;
        failure_.reset();
        terminal_ = is_terminal(STDOUT_FILENO);
    }

    bool put(std::string_view text) {
        buffer_ += terminal_ ? printable_lines(text) : text;
        return terminal_ || buffer_.size() >= buffer_size ? flush() : works();
    }

    bool put_bytes(std::string_view bytes) {
        buffer_ += bytes;
        return terminal_ || buffer_.size() >= buffer_size ? flush() : works();
    }

    bool flush() {
        if (works()) {
            try {
                write();
            } catch (const Error& error) {
                failure_ = error;
            }
        }
        buffer_.clear();
        return works();
    }

    const std::optional<Error>& failure() const { return failure_; }

private:
    bool works() const { return !gone_ && !failure_; }

    void write() {
        std::string_view rest = buffer_;
        while (!rest.empty() && !gone_) {
            const auto count = write_quietly(STDOUT_FILENO, rest);
            if (!count) {
                std::array fds{pollfd{STDOUT_FILENO, POLLOUT, 0}};
                wait_for_any(fds, std::nullopt);
            }
            gone_ = count == 0;
            rest.remove_prefix(count.value_or(0));
        }
    }

    std::string buffer_;
    bool terminal_ = false;
    bool gone_ = false;
    std::optional<Error> failure_;
};

Out out;

}  // namespace

void start_out() {
    out.start();
}

bool put(std::string_view text) {
    return out.put(text);
}

bool put_bytes(std::string_view bytes) {
    return out.put_bytes(bytes);
}

bool flush_out() {
    return out.flush();
}

bool is_out_closed() {
    std::array fds{pollfd{STDOUT_FILENO, 0, 0}};
    return wait_for_any(fds, std::chrono::nanoseconds{0}) && (fds[0].revents & POLLERR) != 0;
}

void finish_out() {
    flush_out();
    if (out.failure()) {
        throw out.failure()->within("standard output");
    }
}

}  // namespace batch::cli
