#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch::testing;

TEST_CASE("a key that one row lacks is told with its line", "[cli][submit]") {
    const House house;
    house.write("a.ndjson", "{\"user\":{\"id\":1}}\n{\"user\":{}}\n{}\n");
    const Said said = house.ctl({"submit", "a.ndjson", "--", "echo", "{user.id}"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          "a.ndjson:2: error: the row has no \"user.id\"\n"
          "a.ndjson:3: error: the row has no \"user.id\"\n" +
              error_text("2 problems, nothing was stored"));
}

TEST_CASE("a value that looks like an option is refused in a word of its own", "[cli][submit]") {
    const House house;
    house.write("a.txt", "fine\n-rf\n");
    const Said said = house.ctl({"submit", "a.txt", "--", "rm", "{}"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          "a.txt:2: error: {} becomes \"-rf\", which the command would take for an "
          "option\n" +
              error_text("1 problem, nothing was stored",
                         "put -- before {}, or if it is meant: --allow-dash"));
}

TEST_CASE("numbers, words behind -- and what is allowed may begin with a dash", "[cli][submit]") {
    const House house;
    house.write("a.txt", "-3\n-1.5e3\n");
    CHECK(house.ctl({"submit", "a.txt", "-n", "--", "echo", "{}"}).code == 0);
    house.write("a.txt", "-rf\n");
    CHECK(house.ctl({"submit", "a.txt", "-n", "--", "rm", "--", "{}"}).code == 0);
    CHECK(house.ctl({"submit", "a.txt", "-n", "--allow-dash", "--", "rm", "{}"}).code == 0);
    CHECK(house.ctl({"submit", "a.txt", "-n", "--", "rm", "./{}"}).code == 0);
    CHECK(house.ctl({"submit", "a.txt", "-n", "--", "rm", "-{}"}).code == 0);
}

TEST_CASE("what no argument can hold is told with its line", "[cli][submit]") {
    const House house;
    house.write("a.ndjson", "{\"a\":\"x\\u0000y\"}\n");
    CHECK(house.ctl({"submit", "a.ndjson", "--", "echo", "{a}"})
              .err.find("a.ndjson:1: error: {a} has a NUL character") != std::string::npos);
    house.write("a.txt", std::string(200'000, 'x') + "\n");
    CHECK(house.ctl({"submit", "a.txt", "--", "echo", "{}"})
              .err.find("a.txt:1: error: {} becomes 195 KiB, and an argument holds at most 128 "
                        "KiB") != std::string::npos);
    CHECK(house.ctl({"submit", "a.txt", "-n", "--", "cat"}).code == 0);
}

TEST_CASE("a plugin's options are filled in too", "[cli][submit]") {
    const House house;
    house.write("a.ndjson", "{}\n");
    const Said said = house.ctl(
        {"submit", "a.ndjson", "--step", R"(exec:{"command":["true"],"env":{"X":"{gone}"}})"});
    CHECK(said.err.starts_with("a.ndjson:1: error: the row has no \"gone\""));
}
