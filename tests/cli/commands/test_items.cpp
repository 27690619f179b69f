#include "tests/cli/stage.hpp"
#include "tests/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

using namespace batch;
using namespace batch::testing;

namespace {

/// Story 3 in small: items 3 and 91 get a 404, 12 and 40 no answer.
Ending curl(ItemIndex index) {
    if (index == 3 || index == 91) {
        return {
            ItemStatus::failed, "exit_22", "curl: (22) The requested URL returned error: 404", {}};
    }
    if (index == 12 || index == 40) {
        return {ItemStatus::failed, "timeout", "no end within 10s", {}};
    }
    return {};
}

}  // namespace

TEST_CASE("items are narrowed by status and cause", "[cli][items]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 100), curl);
    const auto indexes = [&stage](std::vector<std::string> words) {
        words.insert(words.begin(), "items");
        words.insert(words.end(), {"--fields", "index", "--no-header"});
        return stage.ctl(words).out;
    };
    CHECK(indexes({"0e4c2a11", "--status", "failed"}) == "3\n12\n40\n91\n");
    CHECK(indexes({"0e4c2a11", "--status", "failed", "--cause", "exit_22"}) == "3\n91\n");
    CHECK(indexes({"0e4c2a11", "--cause", "timeout"}) == "12\n40\n");
    CHECK(indexes({"0e4c2a11:10-20", "--status", "failed"}) == "12\n");
    CHECK(indexes({"0e4c2a11:1,3,98-99"}) == "1\n3\n98\n99\n");
    CHECK(indexes({"0e4c2a11", "--limit", "2"}) == "0\n1\n");
    CHECK(indexes({"0e4c2a11", "--status", "pending,running"}).empty());
}

TEST_CASE("items on a terminal", "[cli][items]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 120), curl);
    const Said failed =
        on_terminal({"items", "0e4c2a11", "--status", "failed", "--cause", "exit_22", "--fields",
                     "index,line,attempts,row.n", "--limit", "1"});
    CHECK(failed.out ==
          "INDEX  LINE  ATTEMPTS  ROW.N\n"
          "3      5            1  3\n");
    CHECK(failed.err == "Showing 1 of 2. All of them: --limit 0\n");
    const Said all = on_terminal({"items", "0e4c2a11"});
    CHECK_THAT(all.out, Catch::StartsWith("INDEX  LINE  STATUS  ATTEMPTS  STEP  TIME  ERROR\n"
                                          "0      2     done           1  exec   7ms  -\n"));
    CHECK_THAT(all.out, Catch::Contains("3      5     failed         1  exec   7ms  exit_22: curl: "
                                        "(22) The requested URL returned error: 404\n"));
    CHECK(all.err == "Showing 100 of 120. Only some: --status failed. All of them: --limit 0\n");
    CHECK(on_terminal({"items", "0e4c2a11:0-110"}).err ==
          "Showing the first 100. All of them: --limit 0\n");
    CHECK(on_terminal({"items", "0e4c2a11", "--limit", "0"}).err.empty());
    CHECK(on_terminal({"items", "0e4c2a11", "--json"}).err.empty());
}

TEST_CASE("a long error is cut where the terminal ends, not in a pipe", "[cli][items]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 4), curl);
    CHECK_THAT(on_terminal({"items", "0e4c2a11:3"}, {.columns = 70}).out,
               Catch::EndsWith(
                   "3      5     failed         1  exec   7ms  exit_22: curl: (22) The ...\n"));
    CHECK(stage.ctl({"items", "0e4c2a11:3"}).out ==
          "index\tline\tstatus\tattempts\tstep\tduration_ms\terror.code\n"
          "3\t5\tfailed\t1\texec\t7\texit_22\n");
}

TEST_CASE("an item object has every documented member", "[cli][items][json]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 5);
    stage.work_on(no, 4, curl);
    const auto item = [&](const std::string& index) {
        return stage.ctl({"items", "0e4c2a11:" + index, "--json"}).out;
    };
    const std::string id = id_with("0e4c2a11");
    CHECK_THAT(item("0"), Catch::StartsWith(fmt::format(
                              R"({{"v":1,"batch":"{}","index":0,"line":2,"status":"done",)"
                              R"("attempts":1,"step":"exec","retry_at":null,"started_at":"20)",
                              id)) &&
                              Catch::Contains(R"(Z","finished_at":"20)") &&
                              Catch::EndsWith(R"(Z","duration_ms":7,"error":null})"
                                              "\n"));
    CHECK_THAT(item("3"),
               Catch::Contains(R"("duration_ms":7,"error":{"class":"retryable","code":"exit_22",)"
                               R"("message":"curl: (22) The requested URL returned error: 404",)"
                               R"("hint":null,"step":"exec","attempt":1,"at":"20)"));
    CHECK(item("4") == fmt::format(R"({{"v":1,"batch":"{}","index":4,"line":6,"status":"pending",)"
                                   R"("attempts":0,"step":null,"retry_at":null,"started_at":null,)"
                                   R"("finished_at":null,"duration_ms":null,"error":null}})"
                                   "\n",
                                   id));
    CHECK(stage.ctl({"items", "0e4c2a11:4", "--json", "--fields", "index,row,row.n,row.x"}).out ==
          R"({"v":1,"index":4,"row":{"n":"4"},"row.n":"4","row.x":null})"
          "\n");
}

TEST_CASE("an item that waits in an aborted batch is cancelled", "[cli][items][json]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    stage.work_on(no, 1);
    stage.file().steering().cancel(no, {"cancelled", "cancelled by ada", ""});
    CHECK(stage.ctl({"items", "0e4c2a11", "--fields", "status", "--no-header"}).out ==
          "done\ncancelled\n");
}

TEST_CASE("items that are not there", "[cli][items]") {
    Stage stage;
    stage.put("0e4c2a11", "urls.csv", 28);
    for (const std::string verb : {"items", "results", "logs", "retry", "cancel"}) {
        const Said said = stage.ctl({verb, "0e4c2a11:28"});
        CHECK(said.code == 3);
        CHECK(said.out.empty());
        CHECK(said.err == error_text("0e4c2a11 has no item 28: its 28 items are 0 to 27",
                                     "see them: batchctl items 0e4c2a11"));
    }
    for (const std::string range : {"", "x", "5-3", "1,", "-1", "1-2-3", "99999999999"}) {
        const Said said = stage.ctl({"items", "0e4c2a11:" + range});
        CHECK(said.code == 2);
        CHECK(said.err == error_text("\"" + range + "\" names no items",
                                     "items are counted from 0: BATCH:17  BATCH:5-9  BATCH:1,3"));
    }
    CHECK(stage.ctl({"items", "0e4c2a11", "--status", "ok"}).err ==
          error_text("\"ok\" is no status of an item",
                     "one of: pending, running, done, failed, cancelled"));
    CHECK(
        stage.ctl({"items", "0e4c2a11", "--fields", "indx"}).err ==
        error_text("\"indx\" is no field of items (v, batch, index, line, status, attempts, step, "
                   "retry_at, started_at, ...)",
                   "did you mean: --fields index"));
    CHECK(stage.ctl({"items", "0e4c2a11", "--format", "tabel"}).err ==
          error_text("\"tabel\" is no value of --format (table, ndjson, json, csv, text)",
                     "did you mean: --format table"));
}
