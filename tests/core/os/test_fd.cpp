#include "core/base/error.hpp"
#include "core/os/fd.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>

#include <fcntl.h>

using namespace batch;

namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a descriptor is closed with its owner, and by assigning another", "[os][fd]") {
    Pipe pipe = make_pipe();
    const int read = pipe.read.get();
    const int write = pipe.write.get();
    pipe.read = std::move(pipe.write);
    CHECK_FALSE(is_open(read));
    CHECK(is_open(write));
    CHECK_FALSE(pipe.write);
    pipe.read = Fd{};
    CHECK_FALSE(is_open(write));
}

TEST_CASE("released descriptors stay open", "[os][fd]") {
    Pipe pipe = make_pipe();
    const int fd = pipe.read.release();
    pipe.read = Fd{};
    REQUIRE(is_open(fd));
    const Fd again{fd};
}

TEST_CASE("pipes are closed by exec", "[os][fd]") {
    const Pipe pipe = make_pipe();
    CHECK((::fcntl(pipe.read.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(pipe.write.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("writing waits where a non-blocking pipe is full", "[os][fd]") {
    Pipe pipe = make_pipe();
    set_nonblocking(pipe.write.get());
    set_nonblocking(pipe.read.get());
    const std::string sent(1'000'000, 'x');
    std::jthread writer{[&] {
        write_all(pipe.write.get(), sent);
        pipe.write = Fd{};
    }};
    CHECK(read_all(pipe.read.get(), sent.size()) == sent);
}

TEST_CASE("reading stops beyond its limit", "[os][fd]") {
    Pipe pipe = make_pipe();
    write_all(pipe.write.get(), "four");
    pipe.write = Fd{};
    try {
        read_all(pipe.read.get(), 3);
        FAIL("read more than allowed");
    } catch (const Error& error) {
        CHECK(error.code() == "too_large");
    }
}
