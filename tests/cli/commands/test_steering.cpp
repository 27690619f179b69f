// pause, resume, cancel, retry, rm and prune, where one process is enough.

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "tests/cli/stage.hpp"
#include "tests/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <filesystem>
#include <thread>
#include <vector>

using namespace batch;
using namespace batch::testing;

namespace {

namespace fs = std::filesystem;

constexpr auto nobody = "batchctl: warning: no batchd is running\nhint: start it: batchd\n";

Ending running(ItemIndex) {
    return {.status = ItemStatus::running};
}

/// Every tenth item fails: those with an even tenth for want of time, the others with exit 22.
Ending some_fail(ItemIndex index) {
    if (index % 10 != 0) {
        return {};
    }
    return index % 20 == 0 ? Ending{ItemStatus::failed, "timeout", "no end within 10s", {}}
                           : Ending{ItemStatus::failed, "exit_22", "404", {}};
}

}  // namespace

TEST_CASE("pausing and going on", "[cli][pause][resume]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 3'757);
    stage.work_on(no, 16, running);
    const Said paused = stage.ctl({"pause", "0e4c2a11"});
    CHECK(paused.code == 0);
    CHECK(paused.out.empty());
    CHECK(paused.err == "paused 0e4c2a11: 16 items at work finish, 3,741 wait\n");
    CHECK(stage.ctl({"pause", "0e4c2a11"}).err == "note: 0e4c2a11 is paused already\n");
    CHECK(stage.look(no).paused->message.starts_with("paused by "));
    CHECK(stage.ctl({"resume", "0e4c2a11"}).err ==
          std::string("resumed 0e4c2a11: 3,757 items to go\n") + nobody);
    CHECK(stage.ctl({"resume", "0e4c2a11"}).err == "note: 0e4c2a11 is not paused\n");
    CHECK_FALSE(stage.look(no).paused);
    stage.start_work();
    stage.ctl({"pause", "0e4c2a11"});
    CHECK(stage.ctl({"resume", "0e4c2a11"}).err == "resumed 0e4c2a11: 3,757 items to go\n");
}

TEST_CASE("one item is one item", "[cli][pause]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    stage.put("77d2b30c", "one.csv", 1);
    CHECK(stage.ctl({"pause", "77d2b30c"}).err == "paused 77d2b30c: 1 item waits\n");
    stage.work_on(no, 1, running);
    CHECK(stage.ctl({"pause", "0e4c2a11"}).err ==
          "paused 0e4c2a11: 1 item at work finishes, 1 waits\n");
}

TEST_CASE("steering with --json prints the batch as it is then", "[cli][pause][json]") {
    Stage stage;
    stage.put("0e4c2a11", "urls.csv", 2);
    const auto json = [&stage](const std::string& verb) {
        return stage.ctl({verb, "0e4c2a11", "--json"});
    };
    const Said paused = json("pause");
    CHECK(paused.err.empty());
    CHECK_THAT(paused.out,
               Catch::StartsWith(R"({"v":1,"id":"01a20493-)") &&
                   Catch::Contains(R"("paused":true,)") &&
                   Catch::Contains(R"("reason":{"code":"paused","message":"paused by )"));
    CHECK_THAT(json("pause").out, Catch::Contains(R"("paused":true,)"));
    CHECK_THAT(json("resume").out, Catch::Contains(R"("paused":false,)"));
    CHECK_THAT(json("cancel").out,
               Catch::Contains(R"("status":"aborted","paused":false,"verdict":10,)"));
}

TEST_CASE("final batches are left alone", "[cli][pause][resume][cancel]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 2));
    for (const std::string verb : {"pause", "resume", "cancel"}) {
        const Said said = stage.ctl({verb, "0e4c2a11"});
        CHECK(said.code == 0);
        CHECK(said.err == "note: 0e4c2a11 is done already: nothing to " + verb + "\n");
    }
    CHECK(stage.ctl({"cancel", "0e4c2a11:1"}).err ==
          "note: 0e4c2a11 is done already: nothing to cancel\n");
}

TEST_CASE("several are steered, or none", "[cli][pause]") {
    Stage stage;
    const BatchNo first = stage.put("0e4c2a11", "a.csv", 1);
    stage.put("77d2b30c", "b.csv", 2);
    CHECK(stage.ctl({"pause", "0e4c2a11", "ffffffff"}).code == 3);
    CHECK_FALSE(stage.look(first).paused);
    CHECK(stage.ctl({"pause", "0e4c2a11", "77d2b30c"}).err ==
          "paused 0e4c2a11: 1 item waits\npaused 77d2b30c: 2 items wait\n");
    CHECK(stage.ctl({"pause"}).code == 2);
    CHECK(stage.ctl({"pause"}).err ==
          error_text("BATCH is required", "see: batchctl pause --help"));
}

TEST_CASE("a part is cancelled, then the rest", "[cli][cancel]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 5'000);
    for (int i = 0; i < 2; ++i) {
        stage.work_on(no, 657);
    }
    CHECK(stage.ctl({"cancel", "0e4c2a11:4900-4999"}).err ==
          "cancelled 100 items of 0e4c2a11; the other 4,900 stay\n");
    CHECK(stage.ctl({"cancel", "0e4c2a11:4900-4999,0"}).err ==
          "note: these items of 0e4c2a11 are finished already: nothing to cancel\n");
    stage.work_on(no, 16, running);
    stage.kill_work();
    CHECK(stage.ctl({"cancel", "0e4c2a11", "--reason", "wrong rows"}).err ==
          "cancelled 0e4c2a11: 16 items at work were stopped, 1,314 done ones stay\n");
    CHECK(stage.ctl({"cancel", "0e4c2a11"}).err ==
          "note: 0e4c2a11 is aborted already: nothing to cancel\n");
    const Batch batch = stage.look(no);
    CHECK(batch.status == BatchStatus::aborted);
    CHECK(batch.counts.cancelled == 5'000 - 1'314);
    CHECK_THAT(batch.aborted->message,
               Catch::StartsWith("cancelled by ") && Catch::EndsWith(": wrong rows"));
}

TEST_CASE("what was not begun is cancelled in a word", "[cli][cancel]") {
    Stage stage;
    stage.put("0e4c2a11", "urls.csv", 4);
    stage.put("77d2b30c", "one.csv", 2);
    CHECK(stage.ctl({"cancel", "0e4c2a11"}).err ==
          "cancelled 0e4c2a11: none of its 4 items was begun\n");
    CHECK(stage.ctl({"cancel", "77d2b30c:1"}).err ==
          "cancelled 1 item of 77d2b30c; the other 1 stays\n");
}

TEST_CASE("items that do not stop in time", "[cli][cancel]") {
    Stage stage;
    stage.write(".config/batch/config.toml", "workers.kill_grace = \"0\"\n");
    stage.work_on(stage.put("0e4c2a11", "urls.csv", 3), 2, running);
    stage.start_work();  // and it does nothing
    const Said said = stage.ctl({"cancel", "0e4c2a11"});
    CHECK(said.code == 8);
    CHECK(said.err ==
          error_text("2 items of 0e4c2a11 did not stop in time",
                     "see whether they still run: batchctl items 0e4c2a11 --status running"));
}

TEST_CASE("failed items of one cause are tried again", "[cli][retry]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 60);
    stage.finish(no, some_fail);
    const Said said = stage.ctl({"retry", "0e4c2a11", "--cause", "timeout", "--item-timeout", "60s",
                                 "--retries", "4", "-j", "3"});
    CHECK(said.code == 0);
    CHECK(said.out == id_with("0e4c2a11") + "\n");
    CHECK(said.err ==
          std::string("trying 3 failed items again, 60s each; 3 stay failed\n") + nobody);
    const Batch batch = stage.look(no);
    CHECK(batch.status == BatchStatus::queued);
    CHECK(batch.counts.pending == 3);
    CHECK(batch.plan.retry.item_timeout == std::chrono::seconds{60});
    CHECK(batch.plan.retry.retries == 4);
    CHECK(batch.plan.concurrency == 3);
    CHECK(stage
              .ctl({"items", "0e4c2a11", "--status", "pending", "--fields", "index,attempts",
                    "--no-header"})
              .out == "0\t1\n20\t1\n40\t1\n");
    const Said again = stage.ctl({"retry", "0e4c2a11"});
    CHECK(again.code == 9);
    CHECK(again.out.empty());
    CHECK(again.err == error_text("0e4c2a11 is queued, and only finished batches are tried again",
                                  "wait for its end: batchctl wait 0e4c2a11"));
    stage.finish(no);
    CHECK(stage.ctl({"retry", "0e4c2a11:10"}).err ==
          std::string("trying 1 failed item again; 2 stay failed\n") + nobody);
}

TEST_CASE("what cannot be tried again", "[cli][retry]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 30), some_fail);
    const auto retry = [&stage](std::vector<std::string> words) {
        words.insert(words.begin(), "retry");
        const Said said = stage.ctl(words);
        CHECK(said.out.empty());
        return fmt::format("{} {}", said.code, said.err);
    };
    CHECK(retry({"0e4c2a11:1"}) ==
          "9 " + error_text("item 1 of 0e4c2a11 is done, and done items never run again",
                            "to do its work once more, submit its row as a new batch"));
    CHECK(retry({"0e4c2a11", "--cause", "exit_7"}) ==
          "9 " + error_text("no item of 0e4c2a11 is failed with the cause exit_7",
                            "see what they are: batchctl items 0e4c2a11"));
    CHECK(retry({"0e4c2a11", "--status", "cancelled"}) ==
          "9 " + error_text("no item of 0e4c2a11 is cancelled",
                            "see what they are: batchctl items 0e4c2a11"));
    CHECK(retry({"0e4c2a11", "--status", "canceled"}) ==
          "2 " + error_text("\"canceled\" is no value of --status (failed, cancelled)",
                            "did you mean: --status cancelled"));
    CHECK(retry({"0e4c2a11", "--timeout", "30s"}) ==
          "2 " + error_text("--timeout is how long this command waits, and without --wait it does "
                            "not wait",
                            "for one attempt at one item: --item-timeout 30s"));
    CHECK(retry({"0e4c2a11", "--start"}) ==
          "2 " +
              error_text("--start is for the time of waiting, and without --wait it does not wait",
                         "both: --wait --start"));
    CHECK(retry({"0e4c2a11", "--retries", "1001"}) ==
          "2 " + error_text("--retries takes a whole number from 0 to 1000, not \"1001\""));
    CHECK(retry({"0e4c2a11", "--item-timeout", "soon"}) ==
          "2 " +
              error_text("--item-timeout: \"soon\" is no duration; write 500ms, 30s, 5m, 2h, 7d"));
}

TEST_CASE("cancelled items are tried again when that is asked for", "[cli][retry]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 5);
    stage.work_on(no, 2);
    stage.file().steering().cancel(no, {"cancelled", "cancelled by ada", ""});
    CHECK(stage.ctl({"retry", "0e4c2a11"}).code == 9);
    CHECK(stage.ctl({"retry", "0e4c2a11", "--status", "cancelled"}).err ==
          std::string("trying 3 cancelled items again\n") + nobody);
    CHECK(stage.look(no).counts.pending == 3);
    CHECK_FALSE(stage.look(no).aborted);
}

TEST_CASE("a template that changed is not the batch's", "[cli][retry]") {
    Stage stage;
    stage.write("card.html", "new");
    stage.finish(stage.put("0e4c2a11", "urls.csv", 1,
                           [](NewBatch& batch) {
                               batch.plan.steps[0].template_ref =
                                   TemplateRef{.name = "card.html", .sha256 = sha256_hex("old")};
                           }),
                 some_fail);
    CHECK_THAT(
        stage.ctl({"retry", "0e4c2a11"}).err,
        Catch::Contains("note: card.html has changed since; this batch keeps its own version\n"));
}

TEST_CASE("removing asks, or wants --yes", "[cli][rm]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 3));
    stage.finish(stage.put("77d2b30c", "b.csv", 1));
    stage.write(".local/state/batch/outputs/" + id_with("0e4c2a11") + "/0/0.pdf", "%PDF");
    CHECK(stage.ctl({"rm", "0e4c2a11"}).code == 2);
    CHECK(stage.ctl({"rm", "0e4c2a11"}).err ==
          error_text("this removes 1 batch, and there is no terminal to ask",
                     "if it is meant: batchctl rm 0e4c2a11 --yes"));
    CHECK(stage.ctl({"rm", "0e4c2a11", "77d2b30c", "--no-input"}).err ==
          error_text("this removes 2 batches, and there is no terminal to ask",
                     "if it is meant: batchctl rm 0e4c2a11 77d2b30c --yes"));
    const Said no = on_terminal({"rm", "0e4c2a11"}, {.typed = "n\n"});
    CHECK(no.code == 0);
    CHECK(no.err == "Remove 0e4c2a11 (urls.csv), 3 items? [y/N] note: nothing was removed\n");
    CHECK(stage.batches().size() == 2);
    CHECK(on_terminal({"rm", "0e4c2a11", "--no-input"}).code == 2);
    const Said yes = on_terminal({"rm", "0e4c2a11"}, {.typed = "y\n"});
    CHECK(yes.err == "Remove 0e4c2a11 (urls.csv), 3 items? [y/N] removed 0e4c2a11 (urls.csv)\n");
    CHECK_FALSE(fs::exists(stage / (".local/state/batch/outputs/" + id_with("0e4c2a11"))));
    CHECK(stage.ctl({"rm", "77d2b30c", "-y"}).err == "removed 77d2b30c (b.csv)\n");
    CHECK(stage.ctl({"rm", "77d2b30c", "-y"}).code == 3);
    CHECK(stage.batches().empty());
}

TEST_CASE("what is not finished is not removed, unless by force", "[cli][rm]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 3);
    stage.work_on(no, 1, running);
    const Said said = stage.ctl({"rm", "0e4c2a11", "--yes"});
    CHECK(said.code == 9);
    CHECK(said.err == error_text("0e4c2a11 (urls.csv) is running",
                                 "cancel it and remove it: batchctl rm --force 0e4c2a11"));
    stage.kill_work();
    CHECK(stage.ctl({"rm", "--force", "0e4c2a11", "--yes"}).err == "removed 0e4c2a11 (urls.csv)\n");
    CHECK(stage.batches().empty());
    stage.put("77d2b30c", "b.csv", 3, [](NewBatch& batch) { batch.key = "nightly"; });
    CHECK(stage.ctl({"rm", "--force", "key=nightly", "--yes"}).code == 0);
    CHECK(stage.ctl({"status", "key=nightly"}).code == 3);
}

TEST_CASE("prune must be told what", "[cli][prune]") {
    Stage stage;
    CHECK(stage.ctl({"prune"}).code == 2);
    CHECK(
        stage.ctl({"prune"}).err ==
        error_text("prune must be told what: --older-than, --status, --label or --keep",
                   "see what a month would take away: batchctl prune --older-than 30d --dry-run"));
    CHECK(stage.ctl({"prune", "--status", "running"}).err ==
          error_text("\"running\" is no status of a finished batch",
                     "one of: done, failed, aborted"));
    CHECK(stage.ctl({"prune", "--label", "=x"}).err == error_text("--label =x is not KEY=VALUE"));
    CHECK(stage.ctl({"prune", "--older-than", "30d", "--dry-run"}).err ==
          "note: no finished batch fits: nothing would go\n");
    CHECK(stage.ctl({"prune", "--older-than", "30d"}).err ==
          "note: no finished batch fits: nothing was removed\n");
}

TEST_CASE("prune shows what would go, then removes it", "[cli][prune]") {
    Stage stage;
    const BatchNo no = stage.put("c2f0d9e4", "nightly", 5'000, [](NewBatch& batch) {
        batch.key = "nightly-1";
        batch.labels = {{"team", "web"}};
    });
    stage.finish(no);
    stage.finish(stage.put("77d2b30c", "b.csv", 1), some_fail);
    stage.put("5b19aa70", "c.csv", 1);
    stage.write(".local/state/batch/outputs/" + id_with("c2f0d9e4") + "/0/0.pdf",
                std::string(3 << 20, 'x'));
    const std::string day = calendar(*stage.look(no).finished_at, Zone::utc).substr(0, 10);
    const Said shown =
        on_terminal({"prune", "--older-than", "0", "--label", "team=web", "--dry-run", "--utc"});
    CHECK(shown.out ==
          "BATCH     NAME     STATUS  ITEMS  FINISHED    SIZE\n"
          "c2f0d9e4  nightly  done    5,000  " +
              day + "  3 MiB\n");
    CHECK(shown.err == "note: 1 batch, 3 MiB, would go; delivered files stay where they are\n");
    CHECK_THAT(stage.ctl({"prune", "--older-than", "0", "-n"}).out,
               Catch::StartsWith("id\tname\tstatus\tcounts.total\tfinished_at\tsize\n" +
                                 id_with("77d2b30c") + "\tb.csv\tfailed\t1\t20"));
    const Said refused = stage.ctl({"prune", "--older-than", "0", "--status", "done"});
    CHECK(refused.code == 2);
    CHECK(refused.err ==
          error_text("this removes 1 batch, and there is no terminal to ask",
                     "if it is meant: batchctl prune --older-than 0 --status done --yes"));
    CHECK(on_terminal({"prune", "--older-than", "0"}, {.typed = "\n"}).err ==
          "Remove 2 batches, 3 MiB? [y/N] note: nothing was removed\n");
    CHECK(stage.batches().size() == 3);
    CHECK(stage.ctl({"prune", "--older-than", "0", "--yes"}).err ==
          "removed 2 batches, 3 MiB; delivered files stay where they are\n");
    CHECK(stage.batches().size() == 1);
    CHECK_FALSE(fs::exists(stage / (".local/state/batch/outputs/" + id_with("c2f0d9e4"))));
}

TEST_CASE("two that prune at once are not in each other's way", "[cli][prune]") {
    Stage stage;
    std::vector<BatchNo> batches;
    for (int number = 10; number < 60; ++number) {
        batches.push_back(stage.put(fmt::format("aaaaaa{}", number), "x", 1));
        stage.finish(batches.back());
    }
    const auto store = stage.store();
    std::jthread other([&] {
        for (const BatchNo no : batches) {
            try {
                store->steering().remove(no, Steering::Keep::nothing);
            } catch (const Error&) {
                return;  // they have met
            }
        }
    });
    CHECK(stage.ctl({"prune", "--older-than", "0", "--yes"}).code == 0);
    other.join();
    CHECK(stage.batches().empty());
}

TEST_CASE("prune keeps the newest", "[cli][prune]") {
    Stage stage;
    for (const std::string end : {"aaaaaaa1", "aaaaaaa2", "aaaaaaa3"}) {
        stage.finish(stage.put(end, end, 1));
    }
    CHECK(stage.ctl({"prune", "--keep", "1", "-y", "-q"}).err.empty());
    CHECK(stage.batch().name == "aaaaaaa3");
}
