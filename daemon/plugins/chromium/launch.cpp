#include "daemon/plugins/chromium/launch.hpp"

#include "core/os/escaped.hpp"
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

// As a user of its own the browser does not know that it is root, and keeps its sandbox.
constexpr std::array jail{"bwrap",
                          "--die-with-parent",
                          "--unshare-user",
                          "--unshare-net",
                          "--unshare-pid",
                          "--unshare-ipc",
                          "--unshare-uts",
                          "--unshare-cgroup-try",
                          "--uid",
                          "1000",
                          "--gid",
                          "1000",
                          "--ro-bind",
                          "/usr",
                          "/usr",
                          "--ro-bind-try",
                          "/etc/fonts",
                          "/etc/fonts",
                          "--ro-bind-try",
                          "/etc/alternatives",
                          "/etc/alternatives",
                          "--ro-bind-try",
                          "/etc/ld.so.cache",
                          "/etc/ld.so.cache",
                          "--ro-bind-try",
                          "/var/cache/fontconfig",
                          "/var/cache/fontconfig",
                          "--symlink",
                          "usr/lib",
                          "/lib",
                          "--symlink",
                          "usr/lib64",
                          "/lib64",
                          "--symlink",
                          "usr/bin",
                          "/bin",
                          "--proc",
                          "/proc",
                          "--dev",
                          "/dev",
                          "--tmpfs",
                          "/tmp",
                          "--chdir",
                          "/tmp"};

bool is_shell(const fs::path& browser) {
    return browser.filename().native().find("headless-shell") != std::string::npos;
}

void add_browser(const Launch& launch, std::vector<std::string>& argv) {
    argv.push_back(launch.browser.native());
    if (!is_shell(launch.browser)) {
        argv.emplace_back("--headless=new");
    }
    argv.insert(argv.end(), flags.begin(), flags.end());
    if (launch.sandbox == Sandbox::off) {
        argv.emplace_back("--no-sandbox");
    }
    const fs::path profile = launch.jail == Jail::required ? "/tmp/profile" : launch.profile;
    argv.push_back("--user-data-dir=" + profile.native());
}

std::vector<std::string> environment_of(const Launch& launch) {
    const std::string home = launch.jail == Jail::required ? "/tmp" : launch.profile.native();
    std::vector<std::string> env{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + home};
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

Command command_of(const Launch& launch) {
    Command command;
    if (launch.jail == Jail::required) {
        command.argv.assign(jail.begin(), jail.end());
        const fs::path folder = launch.browser.parent_path();
        if (!folder.native().starts_with("/usr/")) {
            command.argv.insert(command.argv.end(), {"--ro-bind", folder, folder});
        }
    }
    add_browser(launch, command.argv);
    command.env = environment_of(launch);
    return command;
}

}  // namespace batch::chromium
