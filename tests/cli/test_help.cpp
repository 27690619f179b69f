#include "cli/command.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

#include "tree.hpp"

using namespace batch;
using namespace batch::testing;

TEST_CASE("the program's help is the one of the specification, to the letter", "[cli]") {
    const House house;
    const std::string golden = house.read(BATCH_SOURCE_DIR "/tests/cli/golden/batchctl.txt");
    CHECK(house.ctl({"--help"}).out == golden);
    CHECK(house.ctl({"-h"}).out == golden);
    CHECK(house.ctl({"help"}).out == golden);
}

TEST_CASE("every help fits on a screen of 40 lines and 80 columns", "[cli]") {
    const House house;
    for (const cli::Command* const each : cli::commands()) {
        std::vector<std::string> words = split(each->name, ' ');
        words.emplace_back("--help");
        const Said said = house.ctl(words);
        INFO(each->name);
        CHECK(said.code == 0);
        const std::vector<std::string> lines = split(said.out, '\n');
        CHECK(lines.size() <= 41);  // behind the last line end is nothing
        for (const std::string& line : lines) {
            CHECK(display_width(line) <= 80);
        }
    }
}

TEST_CASE("option --help-all names the options of every command, with what they take", "[cli]") {
    const House house;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--help-all"}, {"status", "--help-all"}}) {
        const std::string out = house.ctl(words).out;
        for (const std::string option :
             {"--json ", "--format F ", "--fields A,B ", "--no-header ", "--utc ", "--state PATH ",
              "--config FILE ", "--system ", "--color WHEN ", "--no-pager ", "-q, --quiet ",
              "-v, --verbose ", "--no-input ", "-y, --yes ", "-h, --help ", "--help-all "}) {
            CHECK(out.find("  " + option) != std::string::npos);
        }
    }
}
