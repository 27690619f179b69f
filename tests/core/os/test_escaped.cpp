#include "core/os/child.hpp"
#include "core/os/escaped.hpp"
#include "core/os/fd.hpp"
#include "core/os/process.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>

#include <unistd.h>

using namespace batch;
using namespace std::chrono_literals;
using batch::testing::wait_until;

namespace {

Command tagged(const std::string& script, const std::string& tag) {
    Command command{.argv = {"/bin/sh", "-c", script}};
    command.env = {"PATH=/usr/bin:/bin", "BATCH_WORKER=" + tag};
    return command;
}

/// The number that the command prints first.
pid_t run_and_read(Command command, std::optional<Child>& child) {
    Pipe pipe = make_pipe();
    command.out = pipe.write.get();
    child = Child::spawn(command);
    pipe.write = Fd{};
    std::string line(16, '\0');
    line.resize(static_cast<std::size_t>(::read(pipe.read.get(), line.data(), line.size())));
    return std::stoi(line);
}

constexpr const char* daemonise = "setsid sh -c 'echo $$; exec >&-; sleep 60 & sleep 60' & wait";

}  // namespace

TEST_CASE("what left its group and session is found by its tag", "[os][escaped]") {
    become_subreaper();
    std::optional<Child> worker;
    const pid_t escaped = run_and_read(tagged(daemonise, "w1"), worker);
    worker->signal_group(SIGKILL);
    worker->wait();
    REQUIRE(stat_of(escaped)->state != 'Z');

    CHECK(kill_escaped("w2") == 0);
    CHECK(stat_of(escaped));
    CHECK(kill_escaped("w1") >= 1);
    CHECK_FALSE(stat_of(escaped));  // reaped, too
    CHECK(kill_escaped("w1") == 0);
    CHECK(descendants().empty());
}

TEST_CASE("the tag is compared as a whole", "[os][escaped]") {
    become_subreaper();
    Child other = Child::spawn(tagged("sleep 60", "w11"));
    CHECK(kill_escaped("w1") == 0);
    CHECK_FALSE(other.try_wait());
}

TEST_CASE("a live leader and what it started go on", "[os][escaped]") {
    become_subreaper();
    std::optional<Child> worker;
    const pid_t below = run_and_read(tagged("sleep 60 & echo $!; wait", "w1"), worker);
    CHECK(kill_escaped("w1", worker->pid()) == 0);
    CHECK(stat_of(below));
    CHECK_FALSE(worker->try_wait());
}

TEST_CASE("an orphan that has ended is reaped, a child of ours is not", "[os][escaped]") {
    become_subreaper();
    Child ours = Child::spawn({.argv = {"/bin/true"}});
    std::optional<Child> parent;
    const pid_t orphan = run_and_read(tagged("setsid sh -c 'echo $$' & exit 3", "w1"), parent);
    parent->wait();
    REQUIRE(wait_until([orphan] { return stat_of(orphan)->state == 'Z'; }, 20s));

    reap_orphans({ours.pid()});
    CHECK_FALSE(stat_of(orphan));
    CHECK(ours.wait().code == 0);
}

TEST_CASE("everything below can be killed at once", "[os][escaped]") {
    become_subreaper();
    std::optional<Child> worker;
    const pid_t escaped = run_and_read(tagged(daemonise, "w1"), worker);
    worker->signal(SIGKILL);
    worker->wait();
    CHECK(kill_descendants() >= 1);
    CHECK_FALSE(stat_of(escaped));
    CHECK(descendants().empty());
}
