#include "core/base/line_reader.hpp"

namespace batch {

LineReader::LineReader(ByteSource& source, std::size_t block, std::size_t limit)
    : window_(source, block), limit_(limit) {
    window_.skip_mark();
}

bool LineReader::next(Line& line) {
    window_.consume(pending_);
    pending_ = 0;
    std::size_t seen = 0;
    std::size_t end = window_.view().find('\n');
    while (end == std::string_view::npos) {
        seen = window_.view().size();
        if (seen > limit_ + 1) {
            drop_line();
            line = Line{.text = {}, .number = ++number_, .too_long = true};
            return true;
        }
        if (!window_.more()) {
            break;
        }
        end = window_.view().find('\n', seen);
    }
    const std::string_view view = window_.view();
    if (view.empty()) {
        return false;
    }
    std::string_view text = view.substr(0, end);
    pending_ = text.size() + (end == std::string_view::npos ? 0 : 1);
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    const bool too_long = text.size() > limit_;
    line = Line{
        .text = too_long ? std::string_view() : text, .number = ++number_, .too_long = too_long};
    return true;
}

void LineReader::drop_line() {
    std::size_t end = std::string_view::npos;
    do {
        window_.consume(window_.view().size());
        if (!window_.more()) {
            return;
        }
        end = window_.view().find('\n');
    } while (end == std::string_view::npos);
    window_.consume(end + 1);
}

}  // namespace batch
