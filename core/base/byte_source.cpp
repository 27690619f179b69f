#include "core/base/byte_source.hpp"

#include "core/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace batch {

FdSource::FdSource(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

std::size_t FdSource::read(char* to, std::size_t size) {
    for (;;) {
        const ssize_t count = ::read(fd_, to, size);
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            throw system_error("read " + name_, errno);
        }
    }
}

TextSource::TextSource(std::string text, std::size_t piece)
    : text_(std::move(text)), piece_(piece) {}

std::size_t TextSource::read(char* to, std::size_t size) {
    const std::size_t count = text_.copy(to, piece_ == 0 ? size : std::min(size, piece_), place_);
    place_ += count;
    return count;
}

}  // namespace batch
