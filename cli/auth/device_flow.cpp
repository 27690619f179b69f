#include "cli/auth/device_flow.hpp"

#include "cli/report.hpp"
#include "cli/typed.hpp"
#include "core/auth/patience.hpp"
#include "core/base/error.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace batch::cli {
namespace {

constexpr std::chrono::seconds longest_pause{60};

}  // namespace

DeviceFlow::DeviceFlow(const LoginOptions& options, auth::OpenIdService& service,
                       Interruption& interruption)
    : options_{options}, login_{service}, interruption_{interruption} {}

std::optional<auth::AccessToken> DeviceFlow::run(const auth::Scopes& scopes) {
    auth::DeviceCode code = login_.begin(scopes);
    BootTime end = code.expires_at;
    if (!options_.timeout.empty()) {
        end = std::min(end, BootClock::now() + parse_duration(options_.timeout, "--timeout"));
    }
    say_always(
        fmt::format("Open {} on any device and enter: {}", code.verification_uri, code.user_code));
    between_asking_ = code.interval;
    for (auto left = end - BootClock::now(); left.count() > 0; left = end - BootClock::now()) {
        const std::chrono::nanoseconds wait = std::max<std::chrono::nanoseconds>(
            between_asking_, std::min<Millis>(login_.asked_pause(), longest_pause));
        if (!pause(std::min(wait, left))) {
            return std::nullopt;
        }
        if (auto token = ask(code)) {
            return token;
        }
    }
    throw_too_late();
}

/// Absent while the person has not answered, and while the provider does not: it is asked again,
/// after twice the time (RFC 8628, section 3.5).
std::optional<auth::AccessToken> DeviceFlow::ask(auth::DeviceCode& code) {
    try {
        auto token = login_.poll(code);
        trouble_.reset();
        between_asking_ = code.interval;
        return token;
    } catch (const Error& error) {
        learn_from(error);
        return std::nullopt;
    }
}

/// Throws it, in our words, but where waiting may help.
void DeviceFlow::learn_from(const Error& error) {
    if (auth::may_help_to_wait(error)) {
        trouble_ = error;
        between_asking_ = std::min(between_asking_ * 2, longest_pause);
        return;
    }
    if (error.code() == "access_denied") {
        throw Error(ErrorKind::login,
                    "the login was denied on the other device; nothing was changed", once_more())
            .with_code("access_denied");
    }
    if (error.code() == "expired_token") {
        trouble_.reset();
        throw_too_late();
    }
    if (error.code() == "invalid_grant" && trouble_) {
        throw Error(ErrorKind::login,
                    "the answer to the login was lost on the way; nothing was stored", once_more())
            .with_code("answer_lost");
    }
    throw error;
}

void DeviceFlow::throw_too_late() const {
    if (trouble_) {
        throw Error(ErrorKind::unavailable, fmt::format("{}; nothing was stored", trouble_->what()),
                    once_more())
            .with_code(std::string{trouble_->code()});
    }
    throw Error(ErrorKind::unfinished, "nobody entered the code in time; nothing was stored",
                once_more());
}

std::string DeviceFlow::once_more() const {
    return "again: " + command_line_of(options_.typed);
}

/// False if a signal came.
bool DeviceFlow::pause(std::chrono::nanoseconds time) {
    std::array fds{pollfd{.fd = interruption_.poll_fd(), .events = POLLIN, .revents = 0}};
    wait_for_any(fds, std::max<std::chrono::nanoseconds>(time, std::chrono::nanoseconds{0}));
    return !interruption_.number();
}

}  // namespace batch::cli
