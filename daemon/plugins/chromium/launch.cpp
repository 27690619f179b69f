#include "daemon/plugins/chromium/launch.hpp"

#include "core/os/escaped.hpp"
#include "core/plugin/jail.hpp"
#include "core/plugin/outbox.hpp"

#include <array>
#include <cstdlib>

#include <unistd.h>

namespace batch::chromium {

namespace fs = std::filesystem;

namespace {

// headless-shell renders four to eight times as many pages per second as the full browser.
constexpr std::array browsers{"/usr/lib/chromium/chromium-headless-shell",
                              "/usr/lib/chromium/chromium"};

// The proxy and the resolver lead nowhere: a page has no network, also without the jail.
constexpr std::array flags{
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    "--metrics-recording-only",
    "--mute-audio",
    "--log-level=3",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--blink-settings=scriptEnabled=false",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"};

bool is_shell(const fs::path& browser) {
    return browser.filename().native().find("headless-shell") != std::string::npos;
}

std::vector<std::string> argv_of(const Launch& launch) {
    std::vector<std::string> argv{launch.browser.native()};
    argv.emplace_back(draws_on_demand(launch) ? "--enable-begin-frame-control" : "--headless=new");
    argv.insert(argv.end(), flags.begin(), flags.end());
    if (launch.sandbox == Sandbox::off) {
        argv.emplace_back("--no-sandbox");
    }
    const fs::path profile = launch.jail == Jail::required ? "/tmp/profile" : launch.profile;
    argv.push_back("--user-data-dir=" + profile.native());
    return argv;
}

/// As a user of its own the browser does not see that it is root, and keeps its own sandbox too.
std::vector<std::string> in_jail_as_user(const Launch& launch) {
    JailView view;
    const fs::path folder = launch.browser.parent_path();
    if (!folder.native().starts_with("/usr/")) {
        view.readable.push_back(folder);
    }
    std::vector<std::string> argv = in_jail(argv_of(launch), view);
    argv.insert(argv.begin() + 1, {"--unshare-user", "--uid", "1000", "--gid", "1000"});
    return argv;
}

std::vector<std::string> environment_of(const Launch& launch) {
    std::vector<std::string> env{"PATH=/usr/bin:/bin", "LANG=C.UTF-8",
                                 "HOME=" + launch.profile.native()};
    const std::string worker(worker_variable);
    if (const char* tag = std::getenv(worker.c_str())) {
        env.push_back(worker + "=" + tag);
    }
    return env;
}

}  // namespace

fs::path find_browser() {
    if (const char* wanted = std::getenv("BATCH_CHROMIUM")) {
        return fs::absolute(wanted);
    }
    for (const char* browser : browsers) {
        if (::access(browser, X_OK) == 0) {
            return browser;
        }
    }
    throw plugin::Refused({.error_class = ErrorClass::config,
                           .code = "no_browser",
                           .message = std::string("there is no browser at ") + browsers.front(),
                           .hint = "install it: apt install chromium-headless-shell",
                           .after = {}});
}

bool draws_on_demand(const Launch& launch) {
    return is_shell(launch.browser);
}

Command command_of(const Launch& launch) {
    Command command;
    if (launch.jail == Jail::required) {
        command.argv = in_jail_as_user(launch);
    } else {
        command.argv = argv_of(launch);
        command.env = environment_of(launch);
    }
    return command;
}

}  // namespace batch::chromium
