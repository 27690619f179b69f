#include "daemon/plugins/exec/captured.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>

namespace batch::exec {

namespace {

constexpr std::size_t longest_message = 200;
constexpr std::size_t least_tail = 4096;  // the last line is wanted even if no log is

/// The folder is the command's, which may have closed it, taken it away, or used the name itself.
Error cannot_keep(const std::filesystem::path& path, int reason) {
    const Error error = system_error("keep the command's output in " + path.native(), reason);
    constexpr std::array its_doing{EACCES, EPERM, ENOENT, ENOTDIR, EEXIST};
    if (std::ranges::find(its_doing, reason) == its_doing.end()) {
        return error;
    }
    return Error(ErrorKind::bad_input, error.what()).with_code("bad_output");
}

}  // namespace

LogKeeper::LogKeeper(std::size_t limit) : limit_{limit} {}

void LogKeeper::add(std::string_view bytes) {
    total_ += bytes.size();
    const std::size_t room = limit_ / 2 - head_.size();
    head_ += bytes.substr(0, room);
    tail_ += bytes.substr(std::min(room, bytes.size()));
    const std::size_t wanted = std::max(limit_ - limit_ / 2, least_tail);
    if (tail_.size() > 2 * wanted) {
        tail_.erase(0, tail_.size() - wanted);
    }
}

std::string LogKeeper::take_lines() {
    const auto end = head_.rfind('\n');
    if (end == std::string::npos || end + 1 <= taken_) {
        return {};
    }
    std::string lines = head_.substr(taken_, end + 1 - taken_);
    taken_ = end + 1;
    return lines;
}

std::vector<LogKeeper::Piece> LogKeeper::take_rest() {
    std::string head = head_.substr(taken_);
    taken_ = head_.size();
    if (total_ <= limit_) {
        head += tail_;
        return head.empty() ? std::vector<Piece>{} : std::vector<Piece>{{std::move(head)}};
    }
    std::string tail = tail_;
    tail.erase(0, tail.size() - std::min(tail.size(), limit_ - limit_ / 2));
    return {{std::move(head), total_ - head_.size() - tail.size()}, {std::move(tail)}};
}

std::string LogKeeper::last_line() const {
    const std::string_view text = trim(tail_.empty() ? head_ : tail_);
    std::string_view line = trim(text.substr(text.find_last_of("\r\n") + 1));
    if (line.size() > longest_message) {
        line = line.substr(0, longest_message);
        const std::size_t good = utf8_error_offset(line).value_or(line.size());
        line = line.substr(0, good + 3 < line.size() ? line.size() : good);
    }
    std::string shown = printable(line);
    shown.resize(std::min(shown.size(), longest_message));
    return shown.substr(0, utf8_error_offset(shown).value_or(shown.size()));
}

OutputKeeper::OutputKeeper(Limits limits, std::filesystem::path folder)
    : limits_{limits}, folder_{std::move(folder)} {
    if (folder_.empty()) {
        limits_.most = std::min<std::uint64_t>(limits_.most, limits_.in_memory);
    }
}

void OutputKeeper::add(std::string_view bytes) {
    total_ += bytes.size();
    if (too_long()) {
        return;
    }
    if (!file_ && total_ > limits_.in_memory) {
        const std::size_t good = utf8_error_offset(text_).value_or(text_.size());
        const bool is_text = good + 3 >= text_.size() && text_.find('\0') == std::string::npos;
        move_to_file();
        is_text_ = is_text;  // the end may have been in the middle of a character
    }
    if (file_) {
        write_all(file_.get(), bytes);
    } else {
        text_ += bytes;
    }
}

void OutputKeeper::move_to_file() {
    const auto path = folder_ / file_name;
    file_ = Fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file_) {
        throw cannot_keep(path, errno);
    }
    write_all(file_.get(), std::exchange(text_, {}));
}

}  // namespace batch::exec
