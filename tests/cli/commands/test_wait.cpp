// wait and watch where they return at once; waiting itself is e2e.

#include "tests/cli/stage.hpp"
#include "tests/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

using namespace batch;
using namespace batch::testing;

namespace {

/// Story 3: 30 get no answer in time, 7 a 404.
Ending curl(ItemIndex index) {
    if (index == 3 || index == 91 || (index > 203 && index <= 208)) {
        return {
            ItemStatus::failed, "exit_22", "curl: (22) The requested URL returned error: 404", {}};
    }
    if (index == 12 || index == 40 || (index >= 77 && index <= 90) ||
        (index > 1'000 && index <= 1'014)) {
        return {ItemStatus::failed, "timeout", "no end within 10s", {}};
    }
    return {.output = {.deliveries = {{.target = "./pages", .location = "/x", .at = ""}}}};
}

Ending fails(ItemIndex) {
    return {ItemStatus::failed, "exit_1", "no luck", {}};
}

constexpr auto causes =
    "  30  timeout  no end within 10s                                    items 12, 40, 77, ...\n"
    "   7  exit_22  curl: (22) The requested URL returned error: 404     items 3, 91, 204, ...\n";

}  // namespace

TEST_CASE("the summary of a failed batch", "[cli][wait]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 5'000,
                           [](NewBatch& batch) { batch.plan.deliver = {"./pages"}; }),
                 curl);
    const Said said = stage.ctl({"wait", "0e4c2a11"});
    CHECK(said.code == 1);
    CHECK(said.out.empty());
    const std::string head =
        "failed: urls.csv (0e4c2a11): 4,963 of 5,000 items done in TIME, 4,963 files in ./pages, "
        "37 failed\n";
    CHECK(untimed(said.err) ==
          head + causes + "hint: see them: batchctl items 0e4c2a11 --status failed\n");
    // A cron job's whole mail.
    CHECK(untimed(stage.ctl({"wait", "-q", "0e4c2a11"}).err) ==
          head + causes + "hint: try them again: batchctl retry 0e4c2a11 --wait --start\n");
    const Said json = stage.ctl({"wait", "0e4c2a11", "--json"});
    CHECK(json.code == 1);
    CHECK(json.err.empty());
    CHECK_THAT(json.out,
               Catch::StartsWith(R"({"v":1,"id":"01a20493-)") && Catch::Contains(R"("verdict":1)"));
}

TEST_CASE("the summaries of good and of cancelled batches", "[cli][wait]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "a.csv", 2));
    CHECK(untimed(stage.ctl({"wait", "0e4c2a11"}).err) ==
          "done: a.csv (0e4c2a11): 2 of 2 items done in TIME\n");
    CHECK(stage.ctl({"wait", "0e4c2a11", "-q"}).err.empty());
    const BatchNo part = stage.put("5b19aa70", "part.csv", 3);
    stage.file().steering().cancel_items(part, {{2, 2}});
    stage.finish(part);
    const Said partly = stage.ctl({"wait", "5b19aa70"});
    CHECK(partly.code == 0);
    CHECK(untimed(partly.err) ==
          "done: part.csv (5b19aa70): 2 of 3 items done in TIME, 1 cancelled\n");
    const BatchNo none = stage.put("61f3aa02", "none.csv", 2);
    stage.file().steering().cancel_items(none, {{0, 1}});
    CHECK(untimed(stage.ctl({"wait", "61f3aa02"}).err) ==
          "aborted: none.csv (61f3aa02): 0 of 2 items done in TIME, 2 cancelled: every item was "
          "cancelled\n");
    const BatchNo no = stage.put("77d2b30c", "b.csv", 9);
    stage.work_on(no, 3, [](ItemIndex index) { return index == 1 ? fails(1) : Ending{}; });
    stage.file().steering().cancel(no, {"cancelled", "cancelled by ada: wrong rows", ""});
    const Said aborted = stage.ctl({"wait", "77d2b30c"});
    CHECK(aborted.code == 10);
    CHECK(
        untimed(aborted.err) ==
        "aborted: b.csv (77d2b30c): 2 of 9 items done in TIME, 1 failed, 6 cancelled: cancelled by "
        "ada: wrong rows\n"
        "  1  exit_1  no luck    item 1 (b.csv:3)\n"
        "hint: see them: batchctl items 77d2b30c --status failed\n");
    const BatchNo stopped = stage.put("c2f0d9e4", "c.csv", 2);
    stage.work_on(stopped, 1, fails);
    stage.file().steering().cancel(stopped, {"interrupted", "interrupted", ""});
    CHECK(untimed(stage.ctl({"wait", "c2f0d9e4"}).err) ==
          "aborted: c.csv (c2f0d9e4): 0 of 2 items done in TIME, 1 failed, 1 cancelled: "
          "interrupted\n");
}

TEST_CASE("hostile names and messages are escaped in a summary", "[cli][wait]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "a\x1b[2Jb.csv", 1), [](ItemIndex) {
        return Ending{ItemStatus::failed, "exit_1", "no\x1b]0;luck\a\nsecond line", {}};
    });
    CHECK(untimed(stage.ctl({"wait", "0e4c2a11"}).err) ==
          "failed: a\\x1b[2Jb.csv (0e4c2a11): 0 of 1 item done in TIME, 1 failed\n"
          "  1  exit_1  no\\x1b]0;luck\\x07    item 0 (a\\x1b[2Jb.csv:2)\n"
          "hint: see them: batchctl items 0e4c2a11 --status failed\n");
    CHECK_THAT(on_terminal({"status", "0e4c2a11"}).out, !Catch::Contains("\x1b"));
}

TEST_CASE("the verdict of several batches", "[cli][wait]") {
    Stage stage;
    const BatchNo aborted = stage.put("aaaaaaa3", "aborted.csv", 1);
    stage.file().steering().cancel(aborted, {"cancelled", "cancelled by ada", ""});
    stage.finish(stage.put("aaaaaaa1", "done.csv", 1));
    stage.finish(stage.put("aaaaaaa2", "failed.csv", 1), fails);
    stage.put("aaaaaaa4", "open.csv", 1);
    stage.start_work();
    const auto verdict = [&stage](std::vector<std::string> words) {
        words.insert(words.begin(), {"wait", "-q"});
        return stage.ctl(words).code;
    };
    CHECK(verdict({"aaaaaaa1", "aaaaaaa1"}) == 0);
    CHECK(verdict({"aaaaaaa1", "aaaaaaa2"}) == 1);
    CHECK(verdict({"aaaaaaa2", "aaaaaaa3", "aaaaaaa1"}) == 10);
    CHECK(verdict({"aaaaaaa3", "aaaaaaa4", "--timeout", "0"}) == 8);
    CHECK(verdict({"--any", "aaaaaaa4", "aaaaaaa1", "aaaaaaa3"}) == 0);
    CHECK(verdict({"--any", "aaaaaaa4", "aaaaaaa3", "aaaaaaa1"}) == 10);
    CHECK(verdict({"--fail-fast", "aaaaaaa4", "aaaaaaa2"}) == 1);
    CHECK(verdict({"--fail-fast", "aaaaaaa4", "aaaaaaa1", "--timeout", "0"}) == 8);
}

TEST_CASE("a timeout says how far it came, and how to go on", "[cli][wait]") {
    Stage stage;
    const BatchNo no = stage.put("c2f0d9e4", "nightly-2026-11-22", 5'000);
    for (int i = 0; i < 5; ++i) {
        stage.work_on(no, 820);
    }
    stage.start_work();
    const Said said = stage.ctl({"wait", "c2f0d9e4", "--timeout", "0"});
    CHECK(said.code == 8);
    CHECK(said.err ==
          error_text("nightly-2026-11-22 (c2f0d9e4) is not finished after 0: 4,100 of 5,000 items "
                     "done; it is kept",
                     "go on: batchctl wait --start c2f0d9e4"));
    CHECK(stage.ctl({"wait", "c2f0d9e4", "--timeout", "10"}).err ==
          error_text("--timeout: \"10\" is no duration; write 500ms, 30s, 5m, 2h, 7d"));
}

TEST_CASE("waiting without a batchd says so at once", "[cli][wait]") {
    Stage stage;
    stage.put("0e4c2a11", "urls.csv", 2);
    CHECK(stage.ctl({"wait", "0e4c2a11", "--timeout", "10ms"}).err ==
          "batchctl: warning: no batchd is running; 0e4c2a11 is stored and waits for one\n"
          "hint: start it: batchd\n" +
              error_text("urls.csv (0e4c2a11) is not finished after 10ms: 0 of 2 items done; it is "
                         "kept (no batchd is running)",
                         "go on: batchctl wait --start 0e4c2a11"));
}

TEST_CASE("a batch that batchd paused is not waited for", "[cli][wait]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "people.csv", 1'000);
    stage.work_on(no, 412);
    stage.start_work();
    stage.file().steering().pause(
        no, {"login", "Google no longer accepts the login of ada@example.org",
             "log in again, the batch goes on by itself: batchctl auth login --account "
             "ada@example.org"});
    const Said login = stage.ctl({"wait", "0e4c2a11"});
    CHECK(login.code == 4);
    CHECK(
        login.err ==
        error_text("0e4c2a11 (people.csv) is paused: Google no longer accepts the login of "
                   "ada@example.org; 412 of 1,000 items are done, no try of the others was used up",
                   "log in again, the batch goes on by itself: batchctl auth login --account "
                   "ada@example.org"));
    stage.file().steering().resume(no);
    stage.file().steering().pause(no, {"config", "there is no command \"crul\"", ""});
    const Said config = stage.ctl({"wait", "0e4c2a11"});
    CHECK(config.code == 8);
    CHECK_THAT(config.err, Catch::EndsWith("hint: when it is mended: batchctl resume 0e4c2a11\n"));
}

TEST_CASE("a pause by a person is waited through, with a note", "[cli][wait]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    stage.start_work();
    stage.file().steering().pause(no, {"scheduled", "held since it was submitted (--hold)", ""});
    const Said said = stage.ctl({"wait", "0e4c2a11", "--timeout", "0"});
    CHECK(said.code == 8);
    CHECK_THAT(said.err,
               Catch::StartsWith("note: 0e4c2a11 (urls.csv) waits: held since it was submitted "
                                 "(--hold); to let it go on: batchctl resume 0e4c2a11\n"));
}

TEST_CASE("what wait cannot do", "[cli][wait]") {
    const House house;
    CHECK(house.ctl({"wait"}).err == error_text("BATCH is required", "see: batchctl wait --help"));
    CHECK(house.ctl({"wait", "0e4c2a11"}).code == 3);
    CHECK(house.ctl({"--system", "wait", "--start", "0e4c2a11"}).err ==
          error_text("with --system the service's batchd does the work; --start is not for it",
                     "leave --start away"));
}

TEST_CASE("watch ends with the verdict", "[cli][watch]") {
    Stage stage;
    CHECK(stage.ctl({"watch"}).err == "note: no batch is unfinished\n");
    stage.finish(stage.put("0e4c2a11", "urls.csv", 1), fails);
    const Said said = on_terminal({"watch", "0e4c2a11"});
    CHECK(said.code == 1);
    CHECK_THAT(said.err, Catch::StartsWith("failed: urls.csv (0e4c2a11): 0 of 1 item done in "));
}

TEST_CASE("watch shows the panel of one batch, the table of several", "[cli][watch]") {
    Stage stage;
    stage.put("0e4c2a11", "urls.csv", 40);
    stage.start_work();
    const Said one = on_terminal({"watch", "--timeout", "150ms"});
    CHECK(one.code == 8);
    CHECK_THAT(one.out, Catch::Contains("0e4c2a11 urls.csv: queued, waits since 0 s\x1b[K\n"
                                        "  items      0 of 40 done, 0 failed, 40 pending\x1b[K\n"));
    CHECK_THAT(one.out, Catch::EndsWith("A\x1b[J"));  // the terminal is clean again
    stage.put("77d2b30c", "labels.csv", 10);
    const Said two = on_terminal({"watch", "--timeout", "150ms"}, {.columns = 40});
    CHECK_THAT(two.out, Catch::Contains("BATCH     NAME        STATUS  DONE  FAI\x1b[K\n"
                                        "77d2b30c  labels.csv  queued  0/10     \x1b[K\n"));
    CHECK_THAT(stage.ctl({"watch", "--timeout", "150ms"}).out, Catch::Equals(""));
}
