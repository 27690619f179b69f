#include "core/base/error.hpp"
#include "core/os/child.hpp"
#include "core/os/file.hpp"
#include "core/os/poll.hpp"
#include "core/os/process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

using namespace batch;
using namespace std::chrono_literals;
using batch::testing::TempFolder;
using batch::testing::wait_until;

namespace {

Command shell(const std::string& script) {
    return Command{.argv = {"/bin/sh", "-c", script}};
}

bool ends_in_time(const Child& child) {
    pollfd fd{.fd = child.poll_fd(), .events = POLLIN, .revents = 0};
    return wait_for_any({&fd, 1}, 5s);
}

/// What the command prints, once it has ended.
std::string output_of(Command command) {
    Pipe pipe = make_pipe();
    command.out = pipe.write.get();
    Child child = Child::spawn(command);
    pipe.write = Fd{};
    std::string text = read_all(pipe.read.get(), 1'000'000);
    CHECK(child.wait().ok());
    return text;
}

bool runs(pid_t pid) {
    const auto stat = stat_of(pid);
    return stat && stat->state != 'Z';
}

ErrorKind kind_of_failure(const Command& command, std::string& message) {
    try {
        Child::spawn(command);
    } catch (const Error& error) {
        message = error.what();
        return error.kind();
    }
    FAIL("it was started");
    return ErrorKind::internal;
}

}  // namespace

TEST_CASE("a child's exit code and signal are told apart", "[os][child]") {
    CHECK(Child::spawn(shell("exit 7")).wait() == Exit{.code = 7, .signal = 0});
    CHECK(Child::spawn(shell("kill -TERM $$")).wait() == Exit{.code = 0, .signal = SIGTERM});
    CHECK(Child::spawn(Command{.argv = {"true"}}).wait().ok());
}

TEST_CASE("a child that runs has no exit yet", "[os][child]") {
    Child child = Child::spawn(Command{.argv = {"sleep", "60"}});
    CHECK_FALSE(child.try_wait());
    CHECK(child.start_time() > 0);
    child.signal(SIGTERM);
    REQUIRE(ends_in_time(child));
    CHECK(child.try_wait() == Exit{.code = 0, .signal = SIGTERM});
    CHECK(child.try_wait() == Exit{.code = 0, .signal = SIGTERM});
    child.signal(SIGKILL);  // nobody is hit
}

TEST_CASE("a program that cannot be run is explained", "[os][child]") {
    const TempFolder folder;
    const std::string path = std::getenv("PATH");
    std::string message;
    CHECK(kind_of_failure({.argv = {"no-such-command"}}, message) == ErrorKind::not_found);
    CHECK(message == "cannot run \"no-such-command\": there is no such command in PATH");
    atomic_write(folder / "no-program", "");
    ::setenv("PATH", (folder.path().native() + ":/usr/bin:/bin").c_str(), 1);
    CHECK(kind_of_failure({.argv = {"no-program"}}, message) == ErrorKind::permission);
    CHECK(message == "cannot run \"no-program\": it may not be executed");
    ::setenv("PATH", path.c_str(), 1);
    CHECK(kind_of_failure({.argv = {"./no-such-file"}}, message) == ErrorKind::not_found);
    CHECK(message == "cannot run \"./no-such-file\": there is no such file");
    CHECK(kind_of_failure({.argv = {"/etc/passwd"}}, message) == ErrorKind::permission);
    CHECK(message == "cannot run \"/etc/passwd\": it may not be executed");
    CHECK(kind_of_failure({.argv = {"true"}, .directory = "/nonexistent"}, message) ==
          ErrorKind::not_found);
    CHECK(message == "cannot run \"true\": there is no folder /nonexistent");
    atomic_write(folder / "script", "#!/no/such/interpreter\n", 0700);
    CHECK(kind_of_failure({.argv = {folder / "script"}}, message) == ErrorKind::not_found);
    CHECK_THAT(message, Catch::EndsWith("its interpreter /no/such/interpreter is missing"));
    atomic_write(folder / "script", "echo no first line\n", 0700);
    CHECK(kind_of_failure({.argv = {folder / "script"}}, message) == ErrorKind::permission);
    CHECK_THAT(message, Catch::EndsWith("it is no program (a script begins with #!)"));
}

TEST_CASE("a child gets its folder and exactly its environment", "[os][child]") {
    const TempFolder folder;
    Command command = shell("pwd; echo $NAME; /usr/bin/env | wc -l");
    command.directory = folder.path();
    command.env = {"NAME=a b", "PWD=x"};
    CHECK_THAT(output_of(command), Catch::StartsWith(folder.path().native() + "\na b\n"));
    command.argv = {"/usr/bin/env"};
    CHECK(output_of(command) == "NAME=a b\nPWD=x\n");
}

TEST_CASE("a child inherits only the descriptors it was given", "[os][child]") {
    keep_inherited_descriptors();  // those of whoever started the tests
    const Pipe ours = make_pipe();
    // ls itself opens the folder as one more.
    CHECK(output_of({.argv = {"ls", "/proc/self/fd"}}) == "0\n1\n2\n3\n");
}

TEST_CASE("descriptors may be swapped", "[os][child]") {
    const TempFolder folder;
    atomic_write(folder / "a", "A");
    atomic_write(folder / "b", "B");
    const Fd a{::open((folder / "a").c_str(), O_RDONLY | O_CLOEXEC)};
    const Fd b{::open((folder / "b").c_str(), O_RDONLY | O_CLOEXEC)};
    Command command{
        .argv = {"/bin/bash", "-c",
                 "cat <&" + std::to_string(a.get()) + "; cat <&" + std::to_string(b.get())}};
    command.more = {{a.get(), b.get()}, {b.get(), a.get()}};
    CHECK(output_of(command) == "BA");
}

TEST_CASE("signals that we block or ignore are as usual in a child", "[os][child]") {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t term;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &term, nullptr);
    const std::string status = output_of({.argv = {"cat", "/proc/self/status"}});
    ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    CHECK_THAT(status, Catch::Contains("SigBlk:\t0000000000000000"));
    const auto ignored = std::stoull(status.substr(status.find("SigIgn:") + 8), nullptr, 16);
    CHECK((ignored & 0x7fffffff) == 0);  // glibc keeps two of its own, 32 and 33, ignored
}

TEST_CASE("the group is killed when its leader is reaped", "[os][child]") {
    Pipe pipe = make_pipe();
    Command command = shell("sleep 60 & echo $!");
    command.out = pipe.write.get();
    Child child = Child::spawn(command);
    REQUIRE(ends_in_time(child));
    std::string line(16, '\0');
    line.resize(static_cast<std::size_t>(::read(pipe.read.get(), line.data(), line.size())));
    const pid_t left = std::stoi(line);
    CHECK(runs(left));
    CHECK(child.wait().ok());
    CHECK(wait_until([&] { return !runs(left); }, 5s));
}

TEST_CASE("a whole group gets a signal", "[os][child]") {
    const auto group = GENERATE(Group::own, Group::session);
    Command command = shell("sleep 60 & sleep 60; exit 3");
    command.group = group;
    Child child = Child::spawn(command);
    child.signal_group(SIGKILL);
    REQUIRE(ends_in_time(child));
    CHECK(child.wait().signal == SIGKILL);
}

TEST_CASE("a child in our group leaves the group alone", "[os][child]") {
    Command command{.argv = {"sleep", "60"}};
    command.group = Group::same;
    Child child = Child::spawn(command);
    child.signal_group(SIGTERM);
    CHECK(child.wait().signal == SIGTERM);
}

TEST_CASE("a forgotten child is killed and reaped", "[os][child]") {
    pid_t pid = 0;
    {
        const Child child = Child::spawn({.argv = {"sleep", "60"}});
        pid = child.pid();
    }
    CHECK_FALSE(stat_of(pid));
}
