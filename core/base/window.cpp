#include "core/base/window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace batch {

Window::Window(ByteSource& source, std::size_t block) : source_(source), block_(block) {}

bool Window::more() {
    if (at_end_) {
        return false;
    }
    make_room();
    const std::size_t count = source_.read(buffer_.get() + end_, std::min(room(), block_));
    end_ += count;
    at_end_ = count == 0;
    return !at_end_;
}

void Window::make_room() {
    const std::size_t enough = block_ - block_ / 2;
    if (room() >= enough) {
        return;
    }
    if (begin_ != 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (room() < enough) {
        const std::size_t size = std::max(2 * size_, block_);
        auto larger = std::make_unique_for_overwrite<char[]>(size);
        std::copy_n(buffer_.get(), end_, larger.get());
        buffer_ = std::move(larger);
        size_ = size;
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
