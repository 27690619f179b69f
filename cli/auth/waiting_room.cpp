#include "cli/auth/waiting_room.hpp"

#include "cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/secret.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>

#include <unistd.h>

namespace batch::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_line = 4096;
constexpr Millis look_at_clock_every{10'000};  // the machine may have slept meanwhile

[[noreturn]] void throw_timed_out(Millis timeout, std::size_t strangers,
                                  const std::string& command) {
    const std::string refused =
        strangers == 0 ? ""
                       : fmt::format("; {} answer{} of another login {} refused", strangers,
                                     strangers == 1 ? "" : "s", strangers == 1 ? "was" : "were");
    throw Error(ErrorKind::unfinished,
                fmt::format("the browser did not come back within {}; the address is no longer "
                            "valid{}",
                            exact(timeout), refused),
                fmt::format("start again: {} --timeout {}", command, exact(timeout * 3)));
}

}  // namespace

Interruption::Interruption() : signals_{SIGINT, SIGTERM, SIGHUP} {}

std::optional<int> Interruption::number() {
    if (!number_) {
        number_ = signals_.read();
    }
    return number_;
}

WaitingRoom::WaitingRoom(auth::Listener& listener, auth::CallbackRules rules,
                         Interruption& interruption)
    : listener_{listener}, rules_{std::move(rules)}, interruption_{interruption} {}

std::optional<auth::CallbackAnswer> WaitingRoom::wait(Millis timeout, Paste paste,
                                                      const std::string& command) {
    listens_to_paste_ = paste == Paste::yes;
    const BootTime end = BootClock::now() + timeout;
    for (;;) {
        const BootTime wake = std::min(listener_.wake_at().value_or(end), end);
        std::vector<pollfd> fds{
            {.fd = interruption_.poll_fd(), .events = POLLIN, .revents = 0},
            {.fd = listens_to_paste_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
        listener_.watch(fds);
        const auto left = std::max<std::chrono::nanoseconds>(wake - BootClock::now(), 0ns);
        wait_for_any(fds, std::min<std::chrono::nanoseconds>(left, look_at_clock_every));
        if (interruption_.number()) {
            return std::nullopt;
        }
        const std::span<const pollfd> ready{fds};
        if (auto answer = listener_.handle(ready.subspan(2), rules_)) {
            return answer;
        }
        if ((fds[1].revents & (POLLIN | POLLHUP)) != 0) {
            if (auto answer = take_pasted()) {
                return answer;
            }
        }
        if (BootClock::now() >= end) {
            put_err(paste == Paste::yes ? "\n" : "");  // behind the question
            throw_timed_out(timeout, listener_.strangers(), command);
        }
    }
}

std::optional<auth::CallbackAnswer> WaitingRoom::take_pasted() {
    std::array<char, 1024> buffer{};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count <= 0) {
        listens_to_paste_ = false;
        return std::nullopt;
    }
    typed_.append(buffer.data(), static_cast<std::size_t>(count));
    const std::size_t end = typed_.find('\n');
    if (end == std::string::npos && typed_.size() <= longest_line) {
        return std::nullopt;
    }
    std::string line = typed_.substr(0, std::min(end, typed_.size()));
    cleanse(typed_);
    auto answer = judge_line(line);
    cleanse(line);
    return answer;
}

std::optional<auth::CallbackAnswer> WaitingRoom::judge_line(const std::string& line) {
    const auto verdict = auth::judge_pasted(line, rules_);
    if (verdict && verdict->answer) {
        return verdict->answer;
    }
    put_err(verdict && verdict->is_wrong_state
                ? std::string{"That address belongs to another login. Paste the one of this: "}
                : fmt::format("That is not the address, which begins with {}? - paste it: ",
                              listener_.redirect_uri()));
    return std::nullopt;
}

}  // namespace batch::cli
