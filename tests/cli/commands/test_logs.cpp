#include "core/base/time.hpp"
#include "tests/cli/stage.hpp"
#include "tests/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

using namespace batch;
using namespace batch::testing;

namespace {

const TimePoint at = parse_rfc3339("2026-11-22T18:45:24.120Z");

/// A batch of which item 3 failed twice, and item 0 wrote last.
void write_logs(Stage& stage) {
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 5);
    {
        const auto work = stage.file().working().begin();
        const auto say = [&](ItemIndex index, const LogLine& line) {
            work->log(ItemId::of(no, index), line);
        };
        say(3,
            {.attempt = 1, .step = "exec", .at = at, .stream = "err", .text = "curl: (22) 404\n"});
        say(3, {.attempt = 2, .step = "exec", .at = at, .stream = "err", .text = "one\ntwo\n"});
        say(3, {.attempt = 2,
                .step = "exec",
                .at = at,
                .stream = "out",
                .text = "half a page",
                .cut_bytes = 70'000});
        say(0, {.attempt = 1,
                .step = "shout",
                .at = at,
                .stream = "log",
                .level = "info",
                .text = "a\x1b[31mb"});
        work->commit();
    }
    stage.finish(no);
}

}  // namespace

TEST_CASE("logs are lines with item, attempt, time and stream", "[cli][logs]") {
    Stage stage;
    write_logs(stage);
    CHECK(stage.ctl({"logs", "0e4c2a11:3"}).out ==
          "0e4c2a11:3 attempt 1  18:45:24  err| curl: (22) 404\n"
          "0e4c2a11:3 attempt 2  18:45:24  err| one\n"
          "0e4c2a11:3 attempt 2  18:45:24  err| two\n"
          "0e4c2a11:3 attempt 2  18:45:24  out| half a page\n"
          "0e4c2a11:3 attempt 2  18:45:24  out| ... 68 KiB more were cut (items.log_size)\n");
    CHECK(stage.ctl({"logs", "0e4c2a11:3", "--attempt", "1"}).out ==
          "0e4c2a11:3 attempt 1  18:45:24  err| curl: (22) 404\n");
    CHECK(stage.ctl({"logs", "0e4c2a11", "--lines", "4"}).out ==
          "0e4c2a11:3 attempt 2  18:45:24  err| one\n"
          "0e4c2a11:3 attempt 2  18:45:24  err| two\n"
          "0e4c2a11:3 attempt 2  18:45:24  out| half a page\n"
          "0e4c2a11:3 attempt 2  18:45:24  out| ... 68 KiB more were cut (items.log_size)\n");
    CHECK(stage.ctl({"logs", "0e4c2a11:0-2"}).out ==
          "0e4c2a11:0 attempt 1  18:45:24  log| a\x1b[31mb\n");
    CHECK(on_terminal({"logs", "0e4c2a11:0"}).out ==
          "0e4c2a11:0 attempt 1  18:45:24  log| a\\x1b[31mb\n");
    CHECK(stage.ctl({"logs", "0e4c2a11", "--follow"}).out == stage.ctl({"logs", "0e4c2a11"}).out);
}

TEST_CASE("a log object has every documented member", "[cli][logs][json]") {
    Stage stage;
    write_logs(stage);
    const std::string id = id_with("0e4c2a11");
    CHECK(stage.ctl({"logs", "0e4c2a11:0", "--json"}).out ==
          fmt::format(R"({{"v":1,"batch":"{}","index":0,"attempt":1,"step":"shout",)"
                      R"("at":"2026-11-22T18:45:24.120Z","stream":"log","level":"info",)"
                      R"("text":"a\u001b[31mb","cut_bytes":0}})"
                      "\n",
                      id));
    CHECK(stage.ctl({"logs", "0e4c2a11:3", "--json", "--lines", "1"}).out ==
          fmt::format(R"({{"v":1,"batch":"{}","index":3,"attempt":2,"step":"exec",)"
                      R"("at":"2026-11-22T18:45:24.120Z","stream":"out","level":null,)"
                      R"("text":"half a page","cut_bytes":70000}})"
                      "\n",
                      id));
}

TEST_CASE("logs have the other forms too", "[cli][logs]") {
    Stage stage;
    write_logs(stage);
    CHECK(stage.ctl({"logs", "0e4c2a11:3", "--format", "csv", "--fields", "attempt,text"}).out ==
          "attempt,text\n1,\"curl: (22) 404\n\"\n2,\"one\ntwo\n\"\n2,half a page\n");
    CHECK(stage.ctl({"logs", "0e4c2a11:0", "--format", "table"}).out ==
          "index\tattempt\tstep\tat\tstream\ttext\n"
          "0\t1\tshout\t2026-11-22T18:45:24.120Z\tlog\ta\x1b[31mb\n");
    CHECK(stage.ctl({"logs", "0e4c2a11:0", "--format", "json"}).out.starts_with("[{\"v\":1,"));
    CHECK(stage.ctl({"logs", "0e4c2a11:0", "--format", "text"}).out ==
          stage.ctl({"logs", "0e4c2a11:0"}).out);
    CHECK(stage.ctl({"logs", "0e4c2a11", "--fields", "txt"}).err ==
          error_text(
              "\"txt\" is no field of logs (v, batch, index, attempt, step, at, stream, level, "
              "text, ...)",
              "did you mean: --fields text"));
}

TEST_CASE("nothing written is no error", "[cli][logs]") {
    Stage stage;
    write_logs(stage);
    const Said said = stage.ctl({"logs", "0e4c2a11:1"});
    CHECK(said.code == 0);
    CHECK((said.out + said.err).empty());
    CHECK(on_terminal({"logs", "0e4c2a11:1"}).err == "note: nothing was written\n");
}

TEST_CASE("logs of what", "[cli][logs]") {
    Stage stage;
    CHECK(stage.ctl({"logs"}).code == 2);
    CHECK(stage.ctl({"logs"}).err ==
          error_text("no batch: logs of what", "the latest one: batchctl logs @last"));
    CHECK(stage.ctl({"logs", "x", "--lines", "0"}).err ==
          error_text("--lines takes a whole number from 1, not \"0\""));
    const Said daemon = stage.ctl({"logs", "--daemon"});
    CHECK(daemon.code == 3);
    CHECK(daemon.err == error_text("no batchd that batchctl started has written a log: "
                                   "~/.local/state/batch/state.db.log",
                                   "that of a service: journalctl --user -u batchd"));
    stage.write(".local/state/batch/state.db.log", "one\ntwo\x1b[2J\nthree\n");
    CHECK(stage.ctl({"logs", "--daemon", "--lines", "2"}).out == "two\x1b[2J\nthree\n");
    CHECK(on_terminal({"logs", "--daemon"}).out == "one\ntwo\\x1b[2J\nthree\n");
}
