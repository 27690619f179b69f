#pragma once

#include "core/base/window.hpp"

#include <cstddef>
#include <string_view>

namespace batch {

/// One line without its end, which is LF or CRLF.
struct Line {
    std::string_view text;   ///< valid until the next line is read
    std::size_t number = 0;  ///< from 1
    bool too_long = false;   ///< over the limit; the text was dropped
};

/// Reads lines of at most `limit` bytes; longer ones are passed over.
class LineReader {
public:
    LineReader(ByteSource& source, std::size_t block, std::size_t limit);

    /// False at the end.
    bool next(Line& line);

private:
    void drop_line();

    Window window_;
    std::size_t limit_;
    std::size_t number_ = 0;
    std::size_t pending_ = 0;  ///< bytes of the line given out, still in the window
};

}  // namespace batch
