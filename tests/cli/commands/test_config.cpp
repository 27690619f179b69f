#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace batch::testing;

TEST_CASE("config show gives every value and its origin", "[cli][config]") {
    const House house;
    house.write(".config/batch/config.toml", "# mine\nitems.retries = 5\n");
    ::setenv("BATCH_WORKERS_MAX", "3", 1);
    const Said said = house.ctl({"config", "show"});
    ::unsetenv("BATCH_WORKERS_MAX");
    CHECK(said.code == 0);
    const auto has = [&said](const std::string& begin, const std::string& end) {
        const auto at = said.out.find(begin);
        const auto line = said.out.substr(at, said.out.find('\n', at) - at);
        return at != std::string::npos && line.ends_with(end);
    };
    CHECK(has("items.retries = 5 ", "/.config/batch/config.toml:2"));
    CHECK(has("workers.max = 3 ", "# origin: BATCH_WORKERS_MAX"));
    CHECK(has("queue.url = \"local:\" ", "# origin: default"));
}

TEST_CASE("config check tells what is wrong with its place", "[cli][config]") {
    const House house;
    CHECK(house.ctl({"config", "check"}).code == 0);
    house.write(".config/batch/config.toml", "items.retires = 5\n");
    const Said said = house.ctl({"config", "check"});
    CHECK(said.code == 2);
    CHECK(said.out.find("config.toml:1:7: ") != std::string::npos);
    CHECK(said.out.find("did you mean \"retries\"?") != std::string::npos);
}

TEST_CASE("config paths shows what is read and where the state is", "[cli][config]") {
    const House house;
    house.write(".config/batch/config.toml", "");
    const Said said = house.ctl({"config", "paths"});
    CHECK(said.out.find("user config\ttrue\t") != std::string::npos);
    CHECK(said.out.find("state\tfalse\t") != std::string::npos);
}
