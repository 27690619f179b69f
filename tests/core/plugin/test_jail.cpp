#include "core/plugin/jail.hpp"
#include "core/plugin/wire.hpp"
#include "tests/core/plugin/fake_plugin.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;

namespace {

/// What a shell script prints in the jail; nothing if there is no jail here.
std::optional<std::string> inside(const std::string& script, const JailView& view = {}) {
    if (const auto problem = jail_problem()) {
        WARN("not run, bubblewrap does not work here: " << *problem);
        return std::nullopt;
    }
    Wire wire = Wire::start({.argv = in_jail({"/bin/sh", "-c", script}, view)});
    std::string output;
    while (const auto line = wire.next_line(BootClock::now() + 5s)) {
        output += *line + "\n";
    }
    INFO(wire.stderr_text());
    CHECK(wire.wait_exit(BootClock::now() + 5s));
    return output;
}

}  // namespace

TEST_CASE("in the jail there is no network and no file of the user's", "[plugin][jail]") {
    const TempFolder folder;
    atomic_write(folder / "secret", "x");
    const auto output = inside("cat " + (folder / "secret").native() +
                               " /etc/passwd 2>/dev/null; ls /sys/class/net /home /root 2>&1 | "
                               "grep -v 'cannot access'; cat /proc/net/dev | grep -c :");
    if (output) {
        CHECK(*output == "1\n");  // the loopback interface, which leads nowhere
    }
}

TEST_CASE("in the jail the system's programs run and nothing of it can be changed",
          "[plugin][jail]") {
    const auto output = inside(
        "/usr/bin/python3 -c 'print(1)'; touch /usr/x /etc/x 2>&1 | grep -c x; pwd; "
        "touch a && ls; echo $HOME $TMPDIR $BATCH_WORKER");
    if (output) {
        CHECK(*output == "1\n2\n/tmp\na\n/tmp /tmp\n");
    }
}

TEST_CASE("a jail shows what it is told to", "[plugin][jail]") {
    const TempFolder folder;
    ensure_dir(folder / "out");
    atomic_write(folder / "in", "hello\n");
    const auto output =
        inside("cat " + (folder / "in").native() + "; echo x > " + (folder / "out/made").native() +
                   "; touch " + (folder / "in").native() + " 2>/dev/null || echo kept",
               {.readable = {folder / "in"}, .writable = {folder / "out"}});
    if (output) {
        CHECK(*output == "hello\nkept\n");
        CHECK(read_file(folder / "out/made", 10) == "x\n");
    }
}

TEST_CASE("a program outside of /usr can be jailed, also through a link", "[plugin][jail]") {
    const TempFolder folder;
    const auto script = write_script(folder, "deep/p", "#!/bin/sh\necho \"$0 $1\"\n");
    std::filesystem::create_symlink(script, folder / "link");
    if (jail_problem()) {
        return;
    }
    Wire wire = Wire::start({.argv = in_jail({(folder / "link").native(), "arg"})});
    CHECK(wire.next_line(BootClock::now() + 5s) ==
          std::filesystem::canonical(script).native() + " arg");
}

TEST_CASE("what runs in a jail ends with it", "[plugin][jail]") {
    if (jail_problem()) {
        return;
    }
    Wire wire = Wire::start({.argv = in_jail({"/bin/sh", "-c", "setsid sleep 60 & echo x; wait"})});
    REQUIRE(wire.next_line(BootClock::now() + 5s) == "x");
    wire.child().signal_group(SIGKILL);
    CHECK_FALSE(wire.next_line(BootClock::now() + 5s));
    CHECK(wire.output_ended());
}
