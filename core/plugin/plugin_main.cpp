#include "core/plugin/plugin_main.hpp"

#include "core/base/error.hpp"
#include "core/os/fd.hpp"
#include "core/os/poll.hpp"
#include "core/plugin/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace batch::plugin {

namespace {

constexpr int exit_config = 78;  // EX_CONFIG, sysexits.h

/// Answers go to a copy of fd 1; whoever writes to fd 1 itself writes to the log.
Fd take_stdout() {
    Fd frames(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!frames || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        throw system_error("set up standard output", errno);
    }
    return frames;
}

std::optional<ItemId> id_of(const Json& frame) {
    const auto id = frame.find("id");
    if (id == frame.end() || !id->is_number_unsigned()) {
        return {};
    }
    return id->get<ItemId>();
}

/// Frames in, one line each, as they come.
class Inbox {
public:
    /// One frame; `line` is its text, `frame` no object if that is not JSON.
    using Take = std::function<void(std::string_view line, Json frame)>;

    /// Reads what is there and hands over every whole line; false at the end of the input.
    bool read(const Take& take);

private:
    void take_lines(const Take& take);

    std::string buffer_;
};

bool Inbox::read(const Take& take) {
    char chunk[256 * 1024];
    const ssize_t count = ::read(STDIN_FILENO, chunk, sizeof chunk);
    if (count < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    if (count == 0) {
        return false;
    }
    const std::string_view added(chunk, static_cast<std::size_t>(count));
    buffer_ += added;
    if (added.find('\n') != std::string_view::npos) {
        take_lines(take);
    } else if (buffer_.size() > longest_frame) {
        throw Error(ErrorKind::bad_input, "a frame is longer than 4 MiB");
    }
    return true;
}

void Inbox::take_lines(const Take& take) {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = buffer_.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        const auto line = std::string_view(buffer_).substr(begin, end - begin);
        take(line, Json::parse(line, nullptr, false));
    }
    buffer_.erase(0, begin);
}

class Loop {
public:
    Loop(Plugin& plugin, Fd frames) : plugin_(plugin), outbox_(std::move(frames)) {}

    int run();

private:
    void wait();
    void take(const Json& type, Json frame);
    void take_broken(std::string_view line);
    void try_or_refuse(const std::function<void()>& action);
    void item(ItemId id, Json frame);

    Plugin& plugin_;
    Outbox outbox_;
    Inbox inbox_;
    std::vector<pollfd> fds_;
    bool refused_ = false;
};

int Loop::run() {
    for (bool open = true; open && !refused_;) {
        wait();
        if (fds_[0].revents != 0) {
            open = inbox_.read([this](std::string_view line, Json frame) {
                if (frame.is_object()) {
                    const Json type = frame.value("type", Json());
                    take(type, std::move(frame));
                } else {
                    take_broken(line);
                }
            });
        }
        try_or_refuse([this] { plugin_.handle(std::span(fds_).subspan(1), outbox_); });
        outbox_.flush();
    }
    return refused_ ? exit_config : 0;
}

void Loop::wait() {
    fds_.assign(1, {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0});
    plugin_.watch(fds_);
    const auto wake_at = plugin_.wake_at();
    if (!wake_at) {
        wait_for_any(fds_, std::nullopt);
        return;
    }
    wait_for_any(fds_, std::max(std::chrono::nanoseconds{0}, *wake_at - BootClock::now()));
}

void Loop::take(const Json& type, Json frame) {
    if (refused_) {
        return;
    }
    if (type == "init") {
        try_or_refuse([&] { plugin_.init(frame, outbox_); });
    } else if (type == "ping") {
        outbox_.pong();
    } else if (const auto id = id_of(frame); id && type == "item") {
        item(*id, std::move(frame));
    } else if (id && type == "cancel") {
        plugin_.cancel(*id, outbox_);
    }
}

/// A row with half a surrogate pair ("\\ud800") is JSON to some and not to others; its item must
/// not wait for an answer for ever.
void Loop::take_broken(std::string_view line) {
    constexpr std::string_view start = R"({"type":"item","id":)";
    ItemId id = 0;
    const char* digits = line.data() + std::min(line.size(), start.size());
    if (line.starts_with(start) &&
        std::from_chars(digits, line.data() + line.size(), id).ec == std::errc{}) {
        outbox_.error(id, {.error_class = ErrorClass::permanent,
                           .code = "bad_row",
                           .message = "the row is not valid JSON: is half a character in it?",
                           .hint = "",
                           .after = {}});
        return;
    }
    std::fputs("a frame is not a JSON object; ignored\n", stderr);
}

void Loop::try_or_refuse(const std::function<void()>& action) {
    try {
        action();
    } catch (const Refused& refused) {
        outbox_.refuse(refused.refusal());
        refused_ = true;
    }
}

void Loop::item(ItemId id, Json frame) {
    try {
        plugin_.item(id, std::move(frame), outbox_);
    } catch (const Refused& refused) {
        outbox_.error(id, refused.refusal());
    } catch (const std::exception& error) {
        outbox_.error(id, {.error_class = ErrorClass::retryable,
                           .code = "internal",
                           .message = error.what(),
                           .hint = "",
                           .after = {}});
    }
}

int lint(Plugin& plugin) {
    const Json request = Json::parse(read_all(STDIN_FILENO, longest_frame), nullptr, false);
    if (!request.is_object() || !request.contains("template")) {
        throw Error(ErrorKind::bad_input, "standard input is no object with a template");
    }
    const Json answer = plugin.lint(request);
    write_all(STDOUT_FILENO, answer.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
    return 0;
}

}  // namespace

void Plugin::cancel(ItemId, Outbox&) {}

void Plugin::watch(std::vector<pollfd>&) const {}

std::optional<BootTime> Plugin::wake_at() const {
    return {};
}

void Plugin::handle(std::span<const pollfd>, Outbox&) {}

Json Plugin::lint(const Json&) {
    return {{"errors", Json::array()}, {"names", Json::array()}};
}

int run(int argc, char** argv, Plugin& plugin) {
    const std::string_view argument = argc > 1 ? argv[1] : "";
    std::signal(SIGPIPE, SIG_IGN);  // batchd gone is an error of write(2)
    try {
        if (argument == "--describe") {
            write_all(STDOUT_FILENO, plugin.describe().dump() + '\n');
            return 0;
        }
        if (argument == "--lint") {
            return lint(plugin);
        }
        if (!argument.empty()) {
            std::fprintf(stderr, "usage: %s [--describe | --lint]\n", argv[0]);
            return 2;
        }
        return Loop(plugin, take_stdout()).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

const Json& options_of(const Json& frame) {
    static const Json none = Json::object();
    const auto options = frame.find("options");
    return options != frame.end() && options->is_object() ? *options : none;
}

}  // namespace batch::plugin
