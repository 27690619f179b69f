#include "cli/auth/device_flow.hpp"

#include "cli/report.hpp"
#include "cli/typed.hpp"
#include "core/base/error.hpp"
#include "core/os/poll.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace batch::cli {

DeviceFlow::DeviceFlow(const LoginOptions& options, auth::OpenIdService& service,
                       Interruption& interruption)
    : options_{options}, login_{service}, interruption_{interruption} {}

std::optional<auth::AccessToken> DeviceFlow::run(const auth::Scopes& scopes) {
    auth::DeviceCode code = login_.begin(scopes);
    TimePoint end = code.expires_at;
    if (!options_.timeout.empty()) {
        end = std::min(end, now() + parse_duration(options_.timeout, "--timeout"));
    }
    say_always(
        fmt::format("Open {} on any device and enter: {}", code.verification_uri, code.user_code));
    while (now() < end) {
        if (!pause(std::min<std::chrono::nanoseconds>(code.interval, end - now()))) {
            return std::nullopt;
        }
        try {
            if (auto token = login_.poll(code)) {
                return token;
            }
        } catch (const Error& error) {
            if (error.code() == "access_denied") {
                throw Error(ErrorKind::login,
                            "the login was denied on the other device; nothing was changed",
                            "again: " + command_line_of(options_.typed))
                    .with_code("access_denied");
            }
            if (error.code() == "expired_token") {
                throw_too_late();
            }
            throw;
        }
    }
    throw_too_late();
}

void DeviceFlow::throw_too_late() const {
    throw Error(ErrorKind::unfinished, "nobody entered the code in time; nothing was stored",
                "again: " + command_line_of(options_.typed));
}

/// False if a signal came.
bool DeviceFlow::pause(std::chrono::nanoseconds time) {
    std::array fds{pollfd{.fd = interruption_.poll_fd(), .events = POLLIN, .revents = 0}};
    wait_for_any(fds, std::max<std::chrono::nanoseconds>(time, std::chrono::nanoseconds{0}));
    return !interruption_.number();
}

}  // namespace batch::cli
