#include "core/os/child.hpp"
#include "core/os/poll.hpp"
#include "core/os/process.hpp"

#include <catch2/catch.hpp>

#include <csignal>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

using namespace batch;

TEST_CASE("we are alive, and nobody else is us", "[os][process]") {
    const ProcessName self = own_name();
    CHECK(is_alive(self));
    CHECK_FALSE(is_alive({self.pid, self.start_time + 1, self.boot_id}));
    CHECK_FALSE(is_alive({self.pid, self.start_time, "another boot"}));
    CHECK_FALSE(is_alive({}));
}

TEST_CASE("a process that ended is not alive before it is reaped", "[os][process]") {
    Child child = Child::spawn({.argv = {"true"}});
    const ProcessName name{child.pid(), child.start_time(), boot_id()};
    pollfd fd{.fd = child.poll_fd(), .events = POLLIN, .revents = 0};
    wait_for_any({&fd, 1}, std::nullopt);
    CHECK(stat_of(child.pid())->state == 'Z');
    CHECK_FALSE(is_alive(name));
}

TEST_CASE("a process may have a name that looks like fields", "[os][process]") {
    ::prctl(PR_SET_NAME, "a) Z 1 (b", 0, 0, 0);
    const auto stat = stat_of(::getpid());
    ::prctl(PR_SET_NAME, "test_os", 0, 0, 0);
    REQUIRE(stat);
    CHECK(stat->state == 'R');
    CHECK(stat->parent == ::getppid());
}

TEST_CASE("inherited descriptors are kept from children", "[os][process]") {
    const Fd fd{::open("/dev/null", O_RDONLY)};
    keep_inherited_descriptors();
    CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a user has a name and a pipe is no terminal", "[os][process]") {
    CHECK_FALSE(user_name().empty());
    const Pipe pipe = make_pipe();
    CHECK_FALSE(is_terminal(pipe.read.get()));
    CHECK(terminal_width(pipe.read.get()) > 0);
}
