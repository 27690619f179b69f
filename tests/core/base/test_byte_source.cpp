#include "core/base/byte_source.hpp"
#include "core/base/error.hpp"

#include <catch2/catch.hpp>

#include <array>

#include <fcntl.h>
#include <unistd.h>

using namespace batch;

TEST_CASE("a descriptor is read to its end", "[base][source]") {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    REQUIRE(write(ends[1], "hello", 5) == 5);
    close(ends[1]);
    FdSource source(ends[0], "rows.csv");
    std::array<char, 4> memory{};
    CHECK(source.read(memory.data(), memory.size()) == 4);
    CHECK(source.read(memory.data(), memory.size()) == 1);
    CHECK(source.read(memory.data(), memory.size()) == 0);
    close(ends[0]);
}

TEST_CASE("a descriptor that cannot be read is named", "[base][source]") {
    const int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FdSource source(folder, "rows.csv");
    char byte = 0;
    CHECK_THROWS_WITH(source.read(&byte, 1), "cannot read rows.csv: is a directory");
    close(folder);
}

TEST_CASE("a text is read in pieces", "[base][source]") {
    TextSource source("abc", 2);
    std::array<char, 8> memory{};
    CHECK(source.read(memory.data(), memory.size()) == 2);
    CHECK(source.read(memory.data(), memory.size()) == 1);
    CHECK(memory[0] == 'c');
    CHECK(source.read(memory.data(), memory.size()) == 0);
}
