#include "cli/submit/rows.hpp"

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace batch::cli {
namespace {

RowsFormat format_of(const SubmitOptions& options, const std::string& name) {
    if (!options.rows_format.empty()) {
        return parse_rows_format(options.rows_format);
    }
    if (const auto format = format_of_name(name)) {
        return *format;
    }
    throw Error(ErrorKind::usage,
                name == "-" ? std::string("what standard input holds is not said")
                            : fmt::format("the name \"{}\" does not say what the file holds", name),
                "say it: --rows-format csv (or tsv, ndjson, json, lines)");
}

Fd open_file(const std::string& name) {
    Fd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        throw system_error("read " + name, errno);
    }

    struct stat about {};

    if (::fstat(file.get(), &about) == 0 && S_ISDIR(about.st_mode)) {
        throw Error(ErrorKind::usage, fmt::format("{} is a folder, not a file of rows", name));
    }
    return file;
}

}  // namespace

/// Reads while nobody interrupts; a file that is read past the signal is read to its block's end.
class RowsInput::Source final : public ByteSource {
public:
    Source(RowsInput& owner, int fd, const std::string& name)
        : owner_(owner), fd_(fd), bytes_(fd, name) {}

    std::size_t read(char* to, std::size_t size) override {
        if (owner_.signals_ != nullptr) {
            std::array fds{pollfd{fd_, POLLIN, 0}, pollfd{owner_.signals_->poll_fd(), POLLIN, 0}};
            wait_for_any(fds, std::nullopt);
            if (const auto number = owner_.signals_->read()) {
                throw Interrupted{*number};
            }
        }
        const std::size_t got = bytes_.read(to, size);
        owner_.bytes_read_ += got;
        return got;
    }

private:
    RowsInput& owner_;
    int fd_;
    FdSource bytes_;
};

RowsInput::~RowsInput() = default;

RowsInput::RowsInput(const SubmitOptions& options, const Settings& settings, SignalFd* signals)
    : signals_(signals) {
    if (options.args) {
        if (options.operands.empty() && !options.allow_empty) {
            throw Error(ErrorKind::usage, "--args needs items: the words before the --");
        }
        items_ = options.operands;
        return;
    }
    if (options.operands.empty()) {
        const std::string item = "https://example.org";
        throw Error(
            ErrorKind::usage,
            "no rows: name a file, - for standard input, or --args and the items themselves",
            fmt::format("one item by hand: batchctl submit --args {} -- {}", item,
                        options.command.empty() ? "COMMAND {}" : join(options.command, " ")));
    }
    if (options.operands.size() > 1) {
        throw Error(ErrorKind::usage,
                    fmt::format("\"{}\" is one word too many: there is one file of rows",
                                options.operands[1]),
                    "items on the command line: --args");
    }
    name_ = options.operands.front();
    if (name_ == "-") {
        source_ = std::make_unique<Source>(*this, STDIN_FILENO, "standard input");
    } else {
        file_ = open_file(name_);
        source_ = std::make_unique<Source>(*this, file_.get(), name_);
    }
    const RowsFormat format = format_of(options, name_);
    texts_ = format == RowsFormat::lines;
    RowLimits limits;
    limits.row_size = settings.items.max_row;
    reader_ = open_rows(format, *source_, name_ == "-" ? "standard input" : name_, limits);
}

bool RowsInput::next(Row& row) {
    if (reader_) {
        return reader_->next(row);
    }
    if (at_ == items_.size()) {
        return false;
    }
    const std::string& item = items_[at_++];
    if (!is_utf8(item)) {
        throw Error(ErrorKind::bad_input, fmt::format("item {} is not UTF-8", at_ - 1));
    }
    row.payload.clear();
    append_json_string(row.payload, item);
    row.line = 0;
    return true;
}

bool RowsInput::can_continue() const {
    return !reader_ || reader_->can_continue();
}

std::optional<std::uint64_t> RowsInput::size() const {
    struct stat info {};

    if (!file_ || ::fstat(file_.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(info.st_size);
}

std::optional<double> RowsInput::part_read() const {
    struct stat found {};

    const bool is_file =
        file_ && ::fstat(file_.get(), &found) == 0 && S_ISREG(found.st_mode) && found.st_size > 0;
    if (!is_file || bytes_read_ == 0) {
        return std::nullopt;
    }
    return std::min(1.0, static_cast<double>(bytes_read_) / static_cast<double>(found.st_size));
}

RowsKind RowsInput::kind() const {
    return {.file = name_.empty()  ? "the arguments"
                    : name_ == "-" ? "standard input"
                                   : name_,
            .columns = texts_ ? std::vector<std::string>{"value"} : columns()};
}

std::vector<std::string> RowsInput::columns() const {
    return reader_ ? reader_->columns() : std::vector<std::string>{};
}

}  // namespace batch::cli
