#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

std::string said(const std::vector<std::string>& words) {
    const House house;
    const Said answer = house.ctl(words);
    CHECK(answer.code == 2);
    CHECK(answer.out.empty());
    return answer.err;
}

}  // namespace

TEST_CASE("mistakes on the command line are told in our words", "[cli][usage]") {
    CHECK(said({"status", "--jsno"}) ==
          error_text("status has no option \"--jsno\"", "did you mean: --json"));
    CHECK(said({"status", "--frobnicate=1"}) ==
          error_text("status has no option \"--frobnicate\"", "see: batchctl status --help"));
    CHECK(said({"status", "a", "b"}) ==
          error_text("\"b\" is one word too many", "see: batchctl status --help"));
    CHECK(said({"items"}) == error_text("BATCH is required", "see: batchctl items --help"));
    CHECK(said({"status", "--since"}) ==
          error_text("--since needs a value", "see: batchctl status --help"));
    CHECK(said({"items", "x", "--limit", "1.5"}) ==
          error_text("--limit takes a whole number, not \"1.5\""));
    CHECK(said({"items", "x", "--limit", "1k"}) ==
          error_text("--limit takes a whole number, not \"1k\""));
    CHECK(said({"logs", "x", "--attempt", "99999999999999"}) ==
          error_text("--attempt takes a whole number from 1, not \"99999999999999\""));
    CHECK(said({"status", "--color", "alway"}) ==
          error_text("\"alway\" is no value of --color (auto, always, never)",
                     "did you mean: --color always"));
    CHECK(said({"status", "--since", "1h", "--since", "2h"}) ==
          error_text("--since stands there more than once", "see: batchctl status --help"));
    CHECK(said({"completion", "tcsh"}) ==
          error_text("\"tcsh\" is no value of SHELL (bash, zsh, fish)"));
}

TEST_CASE("a value that is missing beside a comma is told", "[cli][usage]") {
    const auto submit = [](const std::string& option, const std::string& list) {
        return said({"submit", option, list, "--args", "a", "--", "true"});
    };
    const auto missing = [](const std::string& option, const std::string& list) {
        return option + " \"" + list + "\": a value is missing beside a comma";
    };
    for (const std::string option : {"--retry-on", "--no-retry-on", "--success-codes"}) {
        CHECK(submit(option, "7,,8") ==
              error_text(missing(option, "7,,8"), "did you mean: " + option + " 7,8"));
        CHECK(submit(option, "7,") ==
              error_text(missing(option, "7,"), "did you mean: " + option + " 7"));
        CHECK(submit(option, ",7") ==
              error_text(missing(option, ",7"), "did you mean: " + option + " 7"));
        CHECK(submit(option, ",") == error_text(missing(option, ",")));
        CHECK(submit(option, "") == error_text(option + " takes a whole number, not \"\""));
    }
    CHECK(said({"status", "--status", "done,,failed"}) ==
          error_text(missing("--status", "done,,failed"), "did you mean: --status done,failed"));
    CHECK(said({"status", "--fields", "id,"}) ==
          error_text(missing("--fields", "id,"), "did you mean: --fields id"));
}

TEST_CASE("the words of other tools are answered", "[cli][usage]") {
    const auto meant = [](const std::string& word) {
        const std::string text = said({word});
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
    const auto missing = house.ctl({"--state", "other.db", "--format", "json", "status"});
    CHECK(missing.code == 3);
    CHECK(missing.err.find("there is no state file") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(house / "other.db"));
}
