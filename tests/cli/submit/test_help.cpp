#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

#include "tree.hpp"

using namespace batch::testing;

namespace {

std::string golden(const House& house, const std::string& name) {
    return house.read(BATCH_SOURCE_DIR "/tests/cli/golden/" + name + ".txt");
}

}  // namespace

TEST_CASE("the help of submit and run is one screen, to the letter", "[cli][submit]") {
    const House house;
    CHECK(house.ctl({"submit", "--help"}).out == golden(house, "submit"));
    CHECK(house.ctl({"run", "-h"}).out == golden(house, "run"));
    CHECK(house.ctl({"help", "submit"}).out == golden(house, "submit"));
}

TEST_CASE("option --help-all has every option of submit", "[cli][submit]") {
    const Said said = House().ctl({"submit", "--help-all"});
    for (const std::string option :
         {"--rows-format",  "--args",        "--allow-empty",   "--template",     "--engine",
          "--to",           "--step",        "--allow-dash",    "--deliver",      "--output-name",
          "--on-collision", "--stdout",      "--retries",       "--backoff",      "--item-timeout",
          "--retry-on",     "--no-retry-on", "--success-codes", "--concurrency",  "--key",
          "--name",         "--label",       "--env",           "--chdir",        "--hold",
          "--wait",         "--start",       "--timeout",       "--on-interrupt", "--dry-run"}) {
        CHECK(said.out.find(option) != std::string::npos);
    }
}

TEST_CASE("what belongs to no release yet is no option", "[cli][submit]") {
    const Said said = House().ctl({"submit", "--help-all"});
    for (const std::string option : {"--rate", "--max-failures", "--deadline", "--at", "--after",
                                     "--notify", "--merge", "--zip", "--shorten"}) {
        CHECK(said.out.find(option + " ") == std::string::npos);
    }
}
