#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace batch {

/// Owner of one descriptor.  Pass a plain int to what only uses it, an Fd to what keeps it.
class Fd {
public:
    Fd() noexcept = default;

    explicit Fd(int fd) noexcept : fd_{fd} {}

    Fd(Fd&& other) noexcept : fd_{other.release()} {}

    Fd& operator=(Fd&& other) noexcept;
    ~Fd();

    int get() const noexcept { return fd_; }

    int release() noexcept { return std::exchange(fd_, -1); }

    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

struct Pipe {
    Fd read;
    Fd write;
};

/// Both ends close-on-exec and blocking.
Pipe make_pipe();

void set_nonblocking(int fd);

/// Everything up to the end of file.  Throws Error with code "too_large" beyond `limit` bytes.
std::string read_all(int fd, std::size_t limit);

/// One write(2) that raises no SIGPIPE.  Absent if the pipe is full, 0 if nobody reads it any more.
std::optional<std::size_t> write_quietly(int fd, std::string_view bytes);

/// Writes all of it, waiting where a non-blocking descriptor is full.
void write_all(int fd, std::string_view bytes);

}  // namespace batch
