#include "cli/auth/browser.hpp"

#include "core/auth/vault/keys.hpp"
#include "core/base/error.hpp"
#include "core/config/environment.hpp"
#include "core/os/child.hpp"
#include "core/os/fd.hpp"
#include "core/os/program.hpp"

#include <string>

#include <fcntl.h>

namespace batch::cli {
namespace {

bool is_given(const Environment& environment, const char* name) {
    return !value_of(environment, name).empty();
}

}  // namespace

bool is_remote_shell() {
    const Environment environment = process_environment();
    return is_given(environment, "SSH_CONNECTION") || is_given(environment, "SSH_TTY");
}

bool has_browser() {
    const Environment environment = process_environment();
    // Without any of these xdg-open would start a text browser, if there is one.
    return !is_remote_shell() &&
           (is_given(environment, "BROWSER") || is_given(environment, "DISPLAY") ||
            is_given(environment, "WAYLAND_DISPLAY"));
}

bool open_browser(const std::string& url) {
    const Environment environment = process_environment();
    const auto program = find_program("xdg-open", value_of(environment, "PATH"));
    if (!program) {
        return false;
    }
    const Fd nowhere{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    try {
        // setsid(1) leaves at once, and the browser in a session of its own: it stays when we go.
        // A group of its own would be killed with it, if the browser has not left it yet.
        Child child = Child::spawn({.argv = {"setsid", "--fork", program->native(), url},
                                    .env = auth::for_strangers(environment),
                                    .in = nowhere.get(),
                                    .out = nowhere.get(),
                                    .err = nowhere.get(),
                                    .group = Group::same});
        return child.wait().ok();
    } catch (const Error&) {
        return false;  // the address is shown anyway
    }
}

}  // namespace batch::cli
