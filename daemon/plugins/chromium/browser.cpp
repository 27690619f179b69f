#include "daemon/plugins/chromium/browser.hpp"

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace batch::chromium {

namespace {

// Longer replies are printed pages; only their base64 is long.
constexpr std::size_t long_message = 4096;

// A buffer that held a large page is given back.
constexpr std::size_t buffer_to_keep = std::size_t{1} << 20;

// A page goes in, and its PDF comes out, in one piece.
constexpr int pipe_bytes = 512 << 10;

constexpr std::size_t words_to_keep = 4096;

/// The message without its base64, and that.
std::pair<Json, std::string_view> parse(std::string_view message) {
    constexpr std::string_view marker = "\"data\":\"";
    const std::size_t begin = message.size() > long_message && message.starts_with("{\"id\":")
                                  ? message.substr(0, 128).find(marker)
                                  : std::string_view::npos;
    if (begin == std::string_view::npos) {
        return {Json::parse(message, nullptr, false), {}};
    }
    const std::string_view rest = message.substr(begin + marker.size());
    const std::string_view data = rest.substr(0, rest.find('"'));
    std::string head(message.substr(0, begin + marker.size()));
    head += rest.substr(data.size());
    return {Json::parse(head, nullptr, false), data};
}

}  // namespace

Browser::Browser(const Launch& launch, OnEvent on_event)
    : launch_(launch), on_event_(std::move(on_event)), child_(start()) {}

Child Browser::start() {
    if (launch_.jail == Jail::off) {
        launch_.profile = profile_.emplace().path();
    }
    Pipe commands = make_pipe();
    Pipe replies = make_pipe();
    Pipe errors = make_pipe();
    commands_ = std::move(commands.write);
    replies_ = std::move(replies.read);
    errors_ = std::move(errors.read);
    // Only a larger pipe would be missed, not the pipe: the result does not matter.
    ::fcntl(commands_.get(), F_SETPIPE_SZ, pipe_bytes);
    ::fcntl(replies_.get(), F_SETPIPE_SZ, pipe_bytes);
    for (const int fd : {commands_.get(), replies_.get(), errors_.get()}) {
        set_nonblocking(fd);
    }
    Command command = command_of(launch_);
    command.err = errors.write.get();
    command.more = {{commands.read.get(), 3}, {replies.write.get(), 4}};
    return Child::spawn(command);
}

Browser::~Browser() {
    child_.signal_group(SIGKILL);
    child_.wait();
    if (profile_) {
        wait_for_silence();
    }
}

/// Until all that the browser started, and that may still write to its folder, are gone: they hold
/// its standard error open.
void Browser::wait_for_silence() {
    const BootTime end = BootClock::now() + std::chrono::seconds(1);
    while (errors_ && BootClock::now() < end) {
        pollfd errors{.fd = errors_.get(), .events = POLLIN, .revents = 0};
        wait_for_any(std::span(&errors, 1),
                     std::max(end - BootClock::now(), BootClock::duration{0}));
        read_words();
    }
}

void Browser::send(const void* owner, const Call& call, OnReply on_reply) {
    out_ +=
        fmt::format(R"({{"id":{},"method":"{}","params":{})", ++last_id_, call.method, call.params);
    if (!call.session.empty()) {
        out_ += fmt::format(R"(,"sessionId":"{}")", call.session);
    }
    out_ += '}';
    out_ += '\0';
    pending_.emplace(last_id_, Pending{.owner = owner, .on_reply = std::move(on_reply)});
    write_some();
}

void Browser::feel_pulse() {
    const BootTime now = BootClock::now();
    if (pulse_.is_lost(now)) {
        words_ += "it does not answer\n";
        alive_ = false;
    } else if (pulse_.should_ask(now)) {
        send(nullptr, {.method = "Browser.getVersion"}, [](const Reply&) {});
    }
}

void Browser::forget(const void* owner) {
    std::erase_if(pending_, [&](const auto& entry) { return entry.second.owner == owner; });
}

void Browser::watch(std::vector<pollfd>& fds) const {
    fds.push_back({.fd = replies_.get(), .events = POLLIN, .revents = 0});
    fds.push_back({.fd = out_.empty() ? -1 : commands_.get(), .events = POLLOUT, .revents = 0});
    fds.push_back({.fd = errors_.get(), .events = POLLIN, .revents = 0});
    fds.push_back({.fd = child_.poll_fd(), .events = POLLIN, .revents = 0});
}

void Browser::handle(std::span<const pollfd> fds) {
    if (fds[1].revents != 0) {
        write_some();
    }
    if (fds[2].revents != 0) {
        read_words();
    }
    if (fds[0].revents != 0) {
        read_some();
    }
    if (fds[3].revents != 0) {
        alive_ = false;
    }
    if (!alive_) {
        read_words();
    }
}

void Browser::write_some() {
    std::size_t written = 0;
    while (alive_ && written < out_.size()) {
        const ssize_t count =
            ::write(commands_.get(), out_.data() + written, out_.size() - written);
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            alive_ = false;
        }
    }
    out_.erase(0, written);
    if (out_.empty() && out_.capacity() > buffer_to_keep) {
        out_ = {};
    }
}

void Browser::read_some() {
    char chunk[pipe_bytes / 2];
    const ssize_t count = ::read(replies_.get(), chunk, sizeof chunk);
    if (count <= 0) {
        alive_ = count < 0 && (errno == EAGAIN || errno == EINTR);
        return;
    }
    pulse_.heard(BootClock::now());
    std::size_t scanned = in_.size();
    in_.append(chunk, static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = in_.find('\0', scanned)) != std::string::npos;
         begin = scanned = end + 1) {
        take(std::string_view(in_).substr(begin, end - begin));
    }
    in_.erase(0, begin);
    if (in_.empty() && in_.capacity() > buffer_to_keep) {
        in_ = {};
    }
}

void Browser::read_words() {
    char chunk[4096];
    const ssize_t count = ::read(errors_.get(), chunk, sizeof chunk);
    if (count > 0) {
        words_.append(chunk, static_cast<std::size_t>(count));
        words_.erase(0, words_.size() - std::min(words_.size(), words_to_keep));
    } else if (count == 0) {
        errors_ = {};
    }
}

void Browser::take(std::string_view message) {
    const auto [json, data] = parse(message);
    if (!json.is_object()) {
        return;
    }
    if (!json.contains("id")) {
        on_event_(json);
        return;
    }
    auto found = pending_.extract(json.value("id", std::uint64_t{0}));
    if (!found) {
        return;
    }
    const Json result = json.value("result", Json::object());
    Reply reply{.result = result, .error = {}, .data = data};
    if (const auto error = json.find("error"); error != json.end()) {
        reply.error = error->value("message", "unknown error");
    }
    found.mapped().on_reply(reply);
}

}  // namespace batch::chromium
