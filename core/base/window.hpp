#pragma once

#include "core/base/byte_source.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace batch {

/// The part of a source that is being looked at, in one piece of memory.
class Window {
public:
    /// `block` is how much is asked for at most.  The source outlives the window.
    Window(ByteSource& source, std::size_t block);

    /// The bytes read and not yet consumed; valid until more().
    std::string_view view() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }

    /// Reads further bytes behind those in view; false at the end of the source.
    bool more();

    void consume(std::size_t size) noexcept { begin_ += size; }

    /// Consumes the byte order mark that may stand at the start of a UTF-8 file.
    void skip_mark();

private:
    void make_room();

    std::size_t room() const noexcept { return size_ - end_; }

    ByteSource& source_;
    std::unique_ptr<char[]> buffer_;  ///< not cleared: a small file touches little of it
    std::size_t size_ = 0;
    std::size_t block_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool at_end_ = false;
};

}  // namespace batch
