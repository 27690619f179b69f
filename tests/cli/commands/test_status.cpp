#include "core/base/time.hpp"
#include "tests/cli/stage.hpp"
#include "tests/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto header =
    "id\tname\tstatus\tdone\ttotal\tfailed\trate\teta_ms\tsubmitted_at\treason\n";

Endings failing(const std::vector<ItemIndex>& indexes, const std::string& code,
                const std::string& message = "no luck") {
    return [=](ItemIndex index) {
        const bool fails = std::ranges::find(indexes, index) != indexes.end();
        return fails ? Ending{ItemStatus::failed, code, message, {}} : Ending{};
    };
}

std::string reason_of(const Stage& stage, const std::string& name) {
    return stage.ctl({"status", name, "--fields", "reason.code,reason.message", "--no-header"}).out;
}

}  // namespace

TEST_CASE("a list in a pipe has exact values and JSON names", "[cli][status]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 12), failing({3}, "exit_22"));
    const BatchNo waits = stage.put("77d2b30c", "labels.csv", 10);
    CHECK(stage.ctl({"status"}).out ==
          fmt::format("{}{}\tlabels.csv\tqueued\t0\t10\t0\t\t\t{}\tno_daemon\n"
                      "{}\turls.csv\tfailed\t11\t12\t1\t\t\t{}\t\n",
                      header, id_with("77d2b30c"), rfc3339(stage.look(waits).submitted_at),
                      id_with("0e4c2a11"), rfc3339(stage.look(1).submitted_at)));
}

TEST_CASE("a list on a terminal is aligned", "[cli][status]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "people.csv", 12));
    stage.put("5b19aa70", "letters.csv", 4'000);
    stage.start_work();
    const Said said = on_terminal({"status"});
    CHECK(said.out ==
          "BATCH     NAME         STATUS  DONE     FAILED  RATE  LEFT  AGE  REASON\n"
          "5b19aa70  letters.csv  queued  0/4,000       0  -     -     0s   -\n"
          "0e4c2a11  people.csv   done    12/12         0  -     -     0s   -\n");
    CHECK(said.err == "Showing the unfinished and those of the last 24 hours. Others: --all\n");
    CHECK(on_terminal({"status", "-q"}).err.empty());
}

TEST_CASE("statuses have colours on a terminal only", "[cli][status]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 1), failing({0}, "exit_1"));
    const std::string line =
        "0e4c2a11  urls.csv  \x1b[31mfailed\x1b[0m  0/1        \x1b[31m1\x1b[0m";
    CHECK_THAT(on_terminal({"status"}, {.colors = true}).out, Catch::Contains(line));
    CHECK_THAT(on_terminal({"status", "--color", "never"}, {.colors = true}).out,
               !Catch::Contains("\x1b"));
    CHECK_THAT(stage.ctl({"status", "--color", "always"}).out, !Catch::Contains("\x1b"));
}

TEST_CASE("nothing to list is a header, and on a terminal a way to begin", "[cli][status]") {
    const House house;
    CHECK(house.ctl({"status"}).out == header);
    CHECK(house.ctl({"status"}).code == 0);
    CHECK(house.ctl({"status", "--json"}).out.empty());
    CHECK(house.ctl({"status", "--format", "json"}).out == "[]\n");
    CHECK(house.ctl({"status", "--format", "csv", "--fields", "id,name"}).out == "id,name\n");
    const Said said = on_terminal({"status"});
    CHECK(said.out == "BATCH  NAME  STATUS  DONE  FAILED  RATE  LEFT  AGE  REASON\n");
    CHECK(said.err == "No batches yet. The first one: batchctl submit --help\n");
}

TEST_CASE("filters narrow the list", "[cli][status]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "done.csv", 1));
    stage.finish(stage.put("77d2b30c", "failed.csv", 1), failing({0}, "exit_1"));
    stage.put("5b19aa70", "queued.csv", 1, [](NewBatch& batch) {
        batch.labels = {{"team", "web"}};
    });
    const auto names = [&stage](std::vector<std::string> words) {
        words.insert(words.begin(), "status");
        words.insert(words.end(), {"--fields", "name", "--no-header"});
        return stage.ctl(words).out;
    };
    CHECK(names({}) == "queued.csv\nfailed.csv\ndone.csv\n");
    CHECK(names({"--status", "done,failed"}) == "failed.csv\ndone.csv\n");
    CHECK(names({"--label", "team=web"}) == "queued.csv\n");
    CHECK(names({"--label", "team=ops"}).empty());
    CHECK(names({"--since", "1h"}) == "queued.csv\nfailed.csv\ndone.csv\n");
    CHECK(names({"--since", "2999-01-01", "--status", "done"}).empty());
    CHECK(names({"--limit", "1"}) == "queued.csv\n");
    CHECK(names({"--limit", "0"}) == "queued.csv\nfailed.csv\ndone.csv\n");
    CHECK(on_terminal({"status", "--limit", "2"}).err ==
          "Showing the newest 2. All of them: --all --limit 0\n");
    CHECK(on_terminal({"status", "--label", "a=b"}).err == "No batch fits.\n");
}

TEST_CASE("a batch that waits shows its plan", "[cli][status]") {
    Stage stage;
    const BatchNo no = stage.put("5b19aa70", "rows.csv", 40, [](NewBatch& batch) {
        batch.plan.steps = {{.plugin = "jinja", .template_ref = TemplateRef{.name = "card.html"}}};
        batch.plan.retry = {.retries = 2, .item_timeout = 10min};
    });
    CHECK(stage.ctl({"status", "5b19aa70", "--utc"}).out ==
          "5b19aa70 rows.csv: queued, waits since 0 s\n"
          "  items      0 of 40 done, 0 failed, 40 pending\n"
          "  reason     no batchd is running\n"
          "  steps      jinja card.html\n"
          "  submitted  " +
              calendar(stage.look(no).submitted_at, Zone::utc) +
              " by ada; 3 tries, 10m each\n"
              "  next       batchd\n");
}

TEST_CASE("a batch whose batchd was killed says so", "[cli][status]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 5'000);
    const auto ending = [](ItemIndex index) {
        if (index < 1'240) {
            return Ending{};
        }
        return index < 1'243 ? Ending{ItemStatus::failed,
                                      "exit_22",
                                      "curl: (22) The requested URL returned error: 404",
                                      {}}
                             : Ending{.status = ItemStatus::running};
    };
    stage.work_on(no, 1'000, ending);
    stage.work_on(no, 259, ending);
    stage.kill_work();
    CHECK(untimed(stage.ctl({"status", "0e4c2a11"}).out) ==
          fmt::format(
              "0e4c2a11 urls.csv: running, 25 % done\n"
              "  items      1,240 of 5,000 done, 3 failed, 16 running, 3,741 pending\n"
              "  reason     no batchd is running: pid {} was last seen TIME ago and is gone\n"
              "  failures   3  exit_22  curl: (22) The requested URL returned error: 404     items "
              "1240, 1241, 1242\n"
              "  next       batchd\n",
              ::getpid()));
    CHECK_THAT(stage.ctl({"status", "0e4c2a11", "-v"}).out, Catch::Contains("  steps      exec\n"));
}

TEST_CASE("a batch object has every documented member", "[cli][status][json]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 3, [](NewBatch& batch) {
        batch.key = "nightly";
        batch.labels = {{"team", "web"}};
        batch.plan.deliver = {"./pages"};
        batch.plan.steps[0].template_ref =
            TemplateRef{.name = "card", .version = 2, .sha256 = "ab12"};
    });
    stage.finish(no, failing({1}, "exit_22", "404"));
    const Batch batch = stage.look(no);
    CHECK(stage.ctl({"status", "0e4c2a11", "--json"}).out ==
          fmt::format(
              R"({{"v":1,"id":"{}","short":"0e4c2a11","name":"urls.csv","key":"nightly",)"
              R"("labels":{{"team":"web"}},"status":"failed","paused":false,"verdict":1,)"
              R"("reason":null,"counts":{{"total":3,"pending":0,"running":0,"done":2,"failed":1,)"
              R"("cancelled":0}},"rate":null,"eta_ms":null,"elapsed_ms":{},"submitted_at":"{}",)"
              R"("started_at":"{}","finished_at":"{}","deadline_at":null,)"
              R"("by":{{"user":"ada","uid":{}}},"steps":[{{"plugin":"exec","version":"1.0",)"
              R"("options":{{}}}}],"template":{{"name":"card","version":2,"sha256":"ab12"}},)"
              R"("deliver":["./pages"],"failures":[{{"code":"exit_22","message":"404",)"
              R"("count":1,"items":[1]}}]}})"
              "\n",
              batch.id, (*batch.finished_at - *batch.started_at).count(),
              rfc3339(batch.submitted_at), rfc3339(*batch.started_at), rfc3339(*batch.finished_at),
              ::getuid()));
}

TEST_CASE("what is not known of a batch is null", "[cli][status][json]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    const std::string said = stage.ctl({"status", "0e4c2a11", "--format", "ndjson"}).out;
    for (
        const char* const member :
        {R"("key":null)", R"("labels":{})", R"("verdict":null)", R"("rate":null)",
         R"("eta_ms":null)", R"("started_at":null)", R"("finished_at":null)", R"("template":null)",
         R"("deliver":[])", R"("failures":[])",
         R"("reason":{"code":"no_daemon","message":"no batchd is running","hint":"start it: batchd"})"}) {
        CHECK_THAT(said, Catch::Contains(member));
    }
    stage.start_work();
    stage.work_on(no, 1);
    stage.file().steering().pause(no, {"config", "the command is not there", "mend it"});
    CHECK_THAT(stage.ctl({"status", "0e4c2a11", "--json"}).out,
               Catch::Contains(R"("paused":true,"verdict":null,"reason":{"code":"config",)"
                               R"("message":"the command is not there","hint":"mend it"})") &&
                   Catch::Contains(R"("status":"running")"));
}

TEST_CASE("fields choose columns, and a wrong one is named", "[cli][status]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "a\tb.csv", 1));
    CHECK(stage.ctl({"status", "--fields", "short,name,counts.done"}).out ==
          "short\tname\tcounts.done\n0e4c2a11\ta b.csv\t1\n");
    CHECK(stage.ctl({"status", "0e4c2a11", "--format", "csv", "--fields", "short,total"}).out ==
          "short,total\n0e4c2a11,1\n");
    CHECK(stage.ctl({"status", "--json", "--fields", "short,by.user"}).out ==
          "{\"v\":1,\"short\":\"0e4c2a11\",\"by.user\":\"ada\"}\n");
    const Said wrong = stage.ctl({"status", "--fields", "id,staus"});
    CHECK(wrong.code == 2);
    CHECK(wrong.err == error_text("\"staus\" is no field of status (v, id, short, name, key, "
                                  "labels, status, paused, verdict, ...)",
                                  "did you mean: --fields id,status"));
    const Said text = stage.ctl({"status", "--format", "text"});
    CHECK(text.code == 2);
    CHECK(text.err == error_text("status has no form \"text\" (table, ndjson, json, csv)",
                                 "did you mean: --format table"));
}

TEST_CASE("what a status filter cannot be is told", "[cli][status]") {
    const House house;
    const auto said = [&house](const std::vector<std::string>& words) {
        const Said answer = house.ctl(words);
        CHECK(answer.code == 2);
        CHECK(answer.out.empty());
        return answer.err;
    };
    CHECK(said({"status", "--status", "finished"}) ==
          error_text("\"finished\" is no status of a batch",
                     "one of: submitted, queued, running, done, failed, aborted"));
    CHECK(said({"status", "--status", "draft"}) ==
          error_text("\"draft\" is no status of a batch",
                     "one of: submitted, queued, running, done, failed, aborted"));
    CHECK(said({"status", "--since", "yesterday"}) ==
          error_text("--since: \"yesterday\" is no time; write 2h for two hours, 2026-11-22, "
                     "\"2026-11-22 18:45\" or 2026-11-22T18:45:21Z"));
    CHECK(said({"status", "--since", "5x"}) ==
          error_text("--since: \"5x\" is no time; write 2h for two hours, 2026-11-22, "
                     "\"2026-11-22 18:45\" or 2026-11-22T18:45:21Z"));
    CHECK(said({"status", "--label", "web"}) == error_text("--label web is not KEY=VALUE"));
    CHECK(said({"status", "--limit", "-1"}) ==
          error_text("--limit takes a whole number, not \"-1\""));
}

TEST_CASE("every unfinished batch says why it is not faster", "[cli][reason]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 10);
    CHECK(reason_of(stage, "0e4c2a11") == "no_daemon\tno batchd is running\n");
    stage.start_work();
    CHECK(reason_of(stage, "0e4c2a11") == "\t\n");
    const BatchNo other = stage.put("77d2b30c", "labels.csv", 10,
                                    [](NewBatch& batch) { batch.plan.concurrency = 2; });
    CHECK_THAT(reason_of(stage, "77d2b30c"),
               Catch::StartsWith("sharing\tsharing ") && Catch::EndsWith(" with 1 batch\n"));
    stage.file().steering().cancel(other, {"cancelled", "cancelled by ada", ""});
    CHECK(reason_of(stage, "77d2b30c") == "cancelled\tcancelled by ada\n");
    stage.file().steering().pause(no, {"paused", "paused by ada at " + rfc3339(now() - 8min), ""});
    CHECK(reason_of(stage, "0e4c2a11") == "paused\tpaused by ada 8m ago\n");
    stage.file().steering().resume(no);
    {
        const auto work = stage.file().working().begin();
        work->hold_back(no);
        work->commit();
    }
    CHECK_THAT(reason_of(stage, "0e4c2a11"),
               Catch::StartsWith("internal_retry\ta failure of batchd's own; it goes on in "));
}

TEST_CASE("a batch that waits for further tries says when", "[cli][reason]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    stage.start_work();
    {
        const ItemError error = {.code = "exit_7", .message = "no", .step = "exec", .attempt = 1};
        const auto work = stage.file().working().begin();
        const auto chunk = work->claim(no, 10, 1'000'000);
        for (const Claimed& item : chunk->items) {
            work->put_back(chunk->claim,
                           {.id = item.id, .due = now() + 30min, .attempts = 1, .error = &error});
        }
        work->release(chunk->claim);
        work->commit();
    }
    CHECK_THAT(reason_of(stage, "0e4c2a11"),
               Catch::StartsWith("retry_wait\t2 items wait for another try, the first in "));
    CHECK_THAT(stage.ctl({"items", "0e4c2a11", "--json"}).out,
               Catch::Contains(R"("status":"pending","attempts":1,"step":"exec","retry_at":"20)"));
}

TEST_CASE("a pause of batchd's own is shown as it was stored", "[cli][reason]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    for (const std::string code : {"scheduled", "login", "breaker", "config", "disk_full"}) {
        stage.file().steering().pause(no, {code, "because of " + code, "do this"});
        CHECK(reason_of(stage, "0e4c2a11") == code + "\tbecause of " + code + "\n");
        stage.file().steering().resume(no);
    }
}
