#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch::testing;

namespace {

/// What the command says, without its hint and the words that all messages begin with.
std::string refused(const std::vector<std::string>& words) {
    const Said said = House().ctl(words);
    CHECK(said.code == 2);
    CHECK(said.out.empty());
    const std::string begin = "batchctl: error: ";
    CHECK(said.err.starts_with(begin));
    return said.err.substr(begin.size(), said.err.find('\n') - begin.size());
}

std::string hint_of(const std::vector<std::string>& words) {
    const Said said = House().ctl(words);
    return said.err.substr(said.err.find('\n') + 1);
}

}  // namespace

TEST_CASE("a value that does not fit is told with what would", "[cli]") {
    CHECK(refused({"submit", "a.csv", "--retries", "x"}) ==
          "--retries is \"x\", not a number from 0 to 1,000");
    CHECK(refused({"submit", "a.csv", "-j", "0"}) ==
          "--concurrency is \"0\", not a number from 1 to 10,000");
    CHECK(refused({"submit", "a.csv", "--on-collision", "maybe"}) ==
          "--on-collision is \"maybe\", not one of error, suffix, overwrite");
    CHECK(refused({"submit", "a.csv", "--success-codes", "1,a"}) ==
          "--success-codes is \"1,a\", not a number");
    CHECK(refused({"items", "x", "--limit", "-1"}) == "--limit is \"-1\", not a number from 0");
    CHECK(refused({"logs", "x", "--attempt", "0"}) == "--attempt is \"0\", not a number from 1");
    CHECK(refused({"status", "--color", "red"}) ==
          "--color is \"red\", not one of always, auto, never");
    CHECK(refused({"completion", "csh"}) == "SHELL is \"csh\", not one of bash, zsh, fish");
    CHECK(hint_of({"completion", "fortran"}) == "hint: see: batchctl completion --help\n");
    CHECK(hint_of({"completion", "csh"}) == "hint: did you mean: zsh\n");
    CHECK(hint_of({"status", "--color", "alway"}) == "hint: did you mean: --color always\n");
    CHECK(refused({"items", "x", "--limit", "1.5"}) == "--limit is \"1.5\", not a number from 0");
    CHECK(refused({"status", "--since", "1h", "--since", "2h"}) ==
          "--since stands there more than once");
}

TEST_CASE("a value or an operand that is missing is named", "[cli]") {
    CHECK(refused({"submit", "a.csv", "--stdout"}) == "--stdout needs a value");
    CHECK(refused({"submit", "a.csv", "--retries", "--", "true"}) == "--retries needs a value");
    CHECK(refused({"cancel"}) == "cancel needs BATCH");
    CHECK(refused({"template", "preview", "a.html"}) == "template preview needs ROWS");
    CHECK(refused({"submit", "--json=maybe"}) == "--json takes no value");
    CHECK(refused({"version", "x"}) == "\"x\" is one word too many");
    CHECK(refused({"submit", "a.csv", "--"}) == "there is no command behind the --");
}

TEST_CASE("an unknown option gets the nearest one, if there is a near one", "[cli]") {
    CHECK(refused({"submit", "--retires", "3"}) == "submit has no option \"--retires\"");
    CHECK(hint_of({"submit", "--retires", "3"}) == "hint: did you mean: --retries\n");
    CHECK(hint_of({"submit", "--retires=3"}) == "hint: did you mean: --retries\n");
    CHECK(hint_of({"submit", "--at", "2h"}) == "hint: see: batchctl submit --help\n");
    CHECK(hint_of({"submit", "-x"}) == "hint: see: batchctl submit --help\n");
}

TEST_CASE("the words of other tools are answered", "[cli][usage]") {
    const auto meant = [](const std::string& word) {
        const std::string text = House().ctl({word}).err;
        CHECK_THAT(text,
                   Catch::StartsWith("batchctl: error: there is no command \"" + word + "\"\n"));
        return text.substr(text.find("hint: ") + 6);
    };
    for (const std::string word : {"add", "enqueue"}) {
        CHECK(meant(word) == "batches are made with: batchctl submit --help\n");
    }
    for (const std::string word : {"list", "ls", "show"}) {
        CHECK(meant(word) == "did you mean: batchctl status\n");
    }
    for (const std::string word : {"kill", "stop"}) {
        CHECK(meant(word) == "did you mean: batchctl cancel\n");
    }
    CHECK(meant("start") == "did you mean: batchctl resume\n");
    CHECK(meant("log") == "did you mean: batchctl logs\n");
    CHECK(meant("clean") == "did you mean: batchctl prune\n");
    CHECK(meant("delete") == "did you mean: batchctl rm\n");
    CHECK(meant("statsu") == "did you mean: batchctl status\n");
    CHECK(meant("xyzzy") == "see what it can do: batchctl --help\n");
}

TEST_CASE("options may stand before the verb", "[cli][usage]") {
    const House house;
    CHECK(house.ctl({"--state", "other.db", "--format", "json", "status"}).out == "[]\n");
    CHECK(std::filesystem::exists(house / "other.db"));
}
