#include "tests/cli/stage.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

std::string named(const Stage& stage, const std::string& name) {
    const Said said = stage.ctl({"status", name, "--fields", "short", "--no-header"});
    return said.code == 0 ? said.out.substr(0, 8) : said.err;
}

}  // namespace

TEST_CASE("a batch is named by id, beginning, ending, key or @last", "[cli][names]") {
    Stage stage;
    stage.put("0e4c2a11", "a.csv", 1, [](NewBatch& batch) { batch.key = "nightly-2026/11.22"; });
    stage.put("77d2b30c", "b.csv", 1,
              [](NewBatch& batch) { batch.id = "01a20494-38f4-7a91-8c02-e0aa77d2b30c"; });
    stage.put("5b19aa70", "c.csv", 1, [](NewBatch& batch) {
        batch.uid += 1;
        batch.user = "mia";
    });
    CHECK(named(stage, id_with("0e4c2a11")) == "0e4c2a11");
    CHECK(named(stage, "0e4c2a11") == "0e4c2a11");
    CHECK(named(stage, "2a11") == "0e4c2a11");
    CHECK(named(stage, "01a20494") == "77d2b30c");
    CHECK(named(stage, "key=nightly-2026/11.22") == "0e4c2a11");
    CHECK(named(stage, "@last") == "77d2b30c");  // the caller's own, not the latest
}

TEST_CASE("a name that fits no batch", "[cli][names]") {
    Stage stage;
    stage.put("0e4c2a11", "a.csv", 1, [](NewBatch& batch) { batch.uid += 1; });
    CHECK(stage.ctl({"status", "0e4d"}).code == 3);
    CHECK(named(stage, "0e4d") ==
          error_text("no batch fits \"0e4d\"", "the latest ones: batchctl status"));
    CHECK(named(stage, "key=nope") ==
          error_text("no batch has the key \"nope\"", "the latest ones: batchctl status"));
    CHECK(named(stage, "@last") ==
          error_text("you have submitted no batch yet", "the first one: batchctl submit --help"));
    CHECK(stage.ctl({"status", "key=nope", "--json"}).err ==
          R"({"v":1,"error":{"code":"not_found","message":"no batch has the key \"nope\"",)"
          R"("hint":"the latest ones: batchctl status","where":null,"retryable":false,)"
          R"("details":[]},"exit_code":3})"
          "\n");
    CHECK(stage.ctl({"status", "2a1"}).code == 2);
    CHECK(named(stage, "2a1") ==
          error_text("\"2a1\" is too short for a batch: 4 characters or more of its id",
                     "the latest ones: batchctl status"));
    CHECK(named(stage, "\x1b[31mred") ==
          error_text("no batch fits \"\\x1b[31mred\"", "the latest ones: batchctl status"));
}

TEST_CASE("a name that fits several", "[cli][names]") {
    Stage stage;
    stage.put("5b19aa70", "letters.csv", 1);
    stage.put("0e4c2a11", "archive.csv", 1);
    stage.put("77d2b30c", "labels.csv", 1);
    const Said said = stage.ctl({"status", "01a2"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("\"01a2\" fits 3 batches: 77d2b30c labels.csv, 0e4c2a11 "
                                 "archive.csv, 5b19aa70 letters.csv",
                                 "name one by the end of its id: batchctl status 77d2b30c"));
    CHECK_THAT(stage.ctl({"cancel", "01a2"}).err,
               Catch::EndsWith("hint: name one by the end of its id: batchctl cancel 77d2b30c\n"));
    for (int i = 0; i < 30; ++i) {
        stage.put("aaaaaa" + std::to_string(10 + i), "more.csv", 1);
    }
    CHECK_THAT(named(stage, "01a2"), Catch::StartsWith("batchctl: error: \"01a2\" fits 33 batches: "
                                                       "aaaaaa39 more.csv, ") &&
                                         Catch::Contains("more.csv, ...\n"));
}

TEST_CASE("whole batches are not named by their items", "[cli][names]") {
    Stage stage;
    stage.put("0e4c2a11", "a.csv", 9);
    for (const std::string verb : {"status", "wait", "watch", "pause", "resume", "rm"}) {
        const Said said = stage.ctl({verb, "0e4c2a11:5"});
        CHECK(said.code == 2);
        CHECK(said.err == error_text("this command takes whole batches, not items of one",
                                     "leave the items away: batchctl " + verb + " 0e4c2a11"));
    }
}
