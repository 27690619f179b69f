#include "core/base/window.hpp"

#include <algorithm>
#include <cstring>

namespace batch {

Window::Window(ByteSource& source, std::size_t block) : source_(source), block_(block) {}

bool Window::more() {
    if (at_end_) {
        return false;
    }
    make_room();
    const std::size_t count = source_.read(buffer_.data() + end_, block_);
    end_ += count;
    at_end_ = count == 0;
    return !at_end_;
}

void Window::make_room() {
    if (buffer_.size() - end_ >= block_) {
        return;
    }
    if (begin_ != 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() - end_ < block_) {
        buffer_.resize(std::max(2 * buffer_.size(), end_ + block_));
    }
}

void Window::skip_mark() {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    while (view().size() < mark.size() && mark.starts_with(view()) && more()) {
    }
    if (view().starts_with(mark)) {
        consume(mark.size());
    }
}

}  // namespace batch
