#include "cli/live.hpp"

#include "cli/output/out.hpp"
#include "cli/output/panel.hpp"
#include "cli/output/status_table.hpp"
#include "core/base/text.hpp"
#include "core/os/process.hpp"

#include <fmt/core.h>

#include <algorithm>

#include <unistd.h>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto redraw_every = 250ms;
constexpr char escape = '\x1b';

std::size_t size_of(int cells) {
    return static_cast<std::size_t>(std::max(2, cells));
}

}  // namespace

std::string clipped_line(std::string_view line, std::size_t width) {
    std::string out;
    std::size_t used = 0;
    while (!line.empty()) {
        const bool is_escape = line.front() == escape;
        const auto size =
            is_escape ? line.substr(0, line.find('m')).size() + 1 : front_code_point(line).size;
        used += is_escape ? 0 : display_width(line.substr(0, size));
        if (used > width) {
            return out + (out.find(escape) == std::string::npos ? "" : "\x1b[0m");
        }
        out += line.substr(0, size);
        line.remove_prefix(std::min(size, line.size()));
    }
    return out;
}

LiveView::LiveView(Context& context) : context_(context) {}

LiveView::~LiveView() {
    clear();
}

void LiveView::show(const std::vector<Batch>& batches, const Why& why) {
    const BootTime at = BootClock::now();
    if (at >= next_ && !batches.empty()) {
        next_ = at + redraw_every;
        draw(text_of(batches, why));
    }
}

std::string LiveView::text_of(const std::vector<Batch>& batches, const Why& why) {
    if (batches.size() == 1) {
        return panel_of(context_, batches.front(), why(batches.front()));
    }
    return status_table(context_, batches, why);
}

void LiveView::draw(const std::string& text) {
    // A line that fills the last column may wrap; the last row is where the cursor stands.
    const std::size_t width = size_of(terminal_width(STDOUT_FILENO)) - 1;
    const std::size_t height = size_of(terminal_height(STDOUT_FILENO)) - 1;
    std::string screen = lines_ > 0 ? fmt::format("\r\x1b[{}A", lines_) : "\r";
    lines_ = 0;
    for (const std::string& line : split(trim(text), '\n')) {
        if (lines_ == height) {
            break;
        }
        screen += clipped_line(line, width) + "\x1b[K\n";
        ++lines_;
    }
    put_bytes(screen + "\x1b[J");
}

void LiveView::clear() {
    if (lines_ > 0) {
        put_bytes(fmt::format("\r\x1b[{}A\x1b[J", lines_));
        lines_ = 0;
        next_ = {};
    }
}

}  // namespace batch::cli
