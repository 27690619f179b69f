#include "core/os/file.hpp"
#include "tests/daemon/plugins/exec_process.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("a command reads the row and its output is the text", "[plugins][exec]") {
    Exec exec{"cat; echo again"};
    CHECK(exec.process.ready()["type"] == "ready");
    CHECK(exec.run()["text"] == "text\nagain");
}

TEST_CASE("the last line of stderr is the message, all of it the log", "[plugins][exec]") {
    Exec exec{"echo out; echo one >&2; printf 'tw\\033o\\n\\n  \\n' >&2; exit 1"};
    const json answer = exec.run();
    CHECK(answer["message"] == "tw\\x1bo");
    REQUIRE(exec.process.logs().size() == 2);
    CHECK(exec.process.logs()[0]["stream"] == "err");
    CHECK(exec.process.logs()[0]["text"] == "one\ntw\x1bo\n\n  \n");
    CHECK(exec.process.logs()[1]["stream"] == "out");
    CHECK(exec.process.logs()[1]["text"] == "out\n");
}

TEST_CASE("a long message is cut between characters", "[plugins][exec]") {
    Exec exec{"i=0; while [ $i -lt 150 ]; do printf 'x\u00fc' >&2; i=$((i+1)); done; exit 1"};
    const std::string message = exec.run()["message"];
    CHECK(message.size() == 199);  // 200 bytes would be half a character
    CHECK(message.ends_with("\u00fcx"));
}

TEST_CASE("a log has a limit, and says what is missing", "[plugins][exec]") {
    json options = shell("seq 1 20000 >&2");
    options["log_size"] = 1000;
    Exec exec{options};
    CHECK(exec.run()["type"] == "result");
    REQUIRE(exec.process.logs().size() == 2);
    const std::string head = exec.process.logs()[0]["text"];
    const std::string tail = exec.process.logs()[1]["text"];
    CHECK(head.size() == 500);
    CHECK(tail.size() == 500);
    CHECK(head.starts_with("1\n2\n"));
    CHECK(tail.ends_with("\n20000\n"));
    CHECK(exec.process.logs()[0]["cut_bytes"] == 108894 - 1000);
    CHECK_FALSE(exec.process.logs()[1].contains("cut_bytes"));
}

TEST_CASE("a log that is not UTF-8 does not fail the item", "[plugins][exec]") {
    Exec exec{"printf 'a\\377b\\n' >&2"};
    CHECK(exec.run()["type"] == "result");
    CHECK(exec.process.logs().at(0)["text"] == "a\uFFFDb\n");
}

TEST_CASE("the log of a long command is seen while it runs", "[plugins][exec]") {
    Exec exec{"echo begun >&2; while [ ! -e $BATCH_OUTPUT_DIR/go ]; do sleep 0.01; done"};
    exec.send(1);
    CHECK(exec.process.next()["text"] == "begun\n");
    atomic_write(exec.folder / "go", "");
    CHECK(exec.process.answer()["type"] == "result");
    CHECK(exec.process.logs().empty());
}

TEST_CASE("files that a command leaves are its output", "[plugins][exec]") {
    Exec exec{"cd $BATCH_OUTPUT_DIR; mkdir -p sub/empty; echo 1 > b.pdf; echo 2 > sub/a.txt"};
    const json answer = exec.run();
    CHECK(answer["text"] == "");
    CHECK(answer["files"] ==
          json::array(
              {{{"path", "b.pdf"}, {"name", "b.pdf"}, {"media_type", "application/pdf"}},
               {{"path", "sub/a.txt"}, {"name", "sub/a.txt"}, {"media_type", "text/plain"}}}));
}

TEST_CASE("links and special files are no output", "[plugins][exec]") {
    const auto script =
        GENERATE("ln -s /etc/passwd x", "mkfifo x", "ln -s /etc x", "touch $(printf 'x\\377')");
    Exec exec{std::string{"cd $BATCH_OUTPUT_DIR; "} + script};
    const json answer = exec.run();
    CHECK(answer["class"] == "permanent");
    CHECK(answer["code"] == "bad_output");
    CHECK_THAT(answer["message"].get<std::string>(), Catch::StartsWith("the command left \"x"));
}

TEST_CASE("a command that takes its folder away has left no files", "[plugins][exec]") {
    Exec exec{"rm -rf $BATCH_OUTPUT_DIR; echo done"};
    CHECK(exec.run() == json{{"type", "result"}, {"id", 1}, {"text", "done"}});
}

TEST_CASE("a command that puts something else in its folder's place fails", "[plugins][exec]") {
    const auto script = GENERATE("touch $BATCH_OUTPUT_DIR", "ln -s /etc $BATCH_OUTPUT_DIR");
    Exec exec{std::string{"rm -rf $BATCH_OUTPUT_DIR; "} + script};
    const json answer = exec.run();
    CHECK(answer["class"] == "permanent");
    CHECK(answer["code"] == "bad_output");
}

TEST_CASE("an output without a place to keep it in fails its item only", "[plugins][exec]") {
    const auto script = GENERATE("rm -rf $BATCH_OUTPUT_DIR; seq 1 20000",
                                 "touch $BATCH_OUTPUT_DIR/.stdout; seq 1 20000",
                                 "rm -rf $BATCH_OUTPUT_DIR; printf 'a\\377b'");
    const json answer = Exec{script}.run();
    CHECK(answer["class"] == "permanent");
    CHECK(answer["code"] == "bad_output");
}

TEST_CASE("a long output becomes a file, whole", "[plugins][exec]") {
    Exec exec{"seq 1 20000; echo warn >&2"};
    const json answer = exec.run();
    CHECK_FALSE(answer.contains("text"));
    REQUIRE(answer["files"].size() == 1);
    CHECK(answer["files"][0]["media_type"] == "text/plain");
    CHECK_FALSE(answer["files"][0].contains("name"));
    const std::string text =
        read_file(exec.folder / answer["files"][0]["path"].get<std::string>(), 1'000'000);
    CHECK(text.size() == 108894);
    CHECK(text.ends_with("\n20000\n"));
}

TEST_CASE("an output that is no text becomes a file", "[plugins][exec]") {
    Exec exec{"printf 'a\\377b'; echo x > $BATCH_OUTPUT_DIR/left"};
    const json answer = exec.run();
    REQUIRE(answer["files"].size() == 2);
    CHECK(answer["files"][0]["media_type"] == "application/octet-stream");
    CHECK(answer["files"][0]["name"] == "stdout.bin");
    CHECK(read_file(exec.folder / answer["files"][0]["path"].get<std::string>(), 10) == "a\377b");
}

TEST_CASE("a JSON output is the value, digits and order as printed", "[plugins][exec]") {
    json options = shell(R"(printf '{\n "z": 1.0,\n "a": 12345678901234567890123\n}\n')");
    options["stdout"] = "json";
    Exec exec{options};
    exec.send(1);
    const auto line = exec.process.wire().next_line(BootClock::now() + 10s);
    CHECK(line ==
          R"({"type":"result","id":1,"value":{  "z": 1.0,  "a": 12345678901234567890123 }})");
}

TEST_CASE("an output that should be JSON and is not fails the item", "[plugins][exec]") {
    const auto [script, message] = GENERATE(
        table<std::string, std::string>({{"echo '<html>'", "the command's output is not JSON: "},
                                         {"true", "the command's output is empty, not JSON"},
                                         {"echo 1 2", "the command's output is not JSON: "}}));
    json options = shell(script);
    options["stdout"] = "json";
    const json answer = Exec{options}.run();
    CHECK(answer["code"] == "not_json");
    CHECK(answer["class"] == "permanent");
    CHECK_THAT(answer["message"].get<std::string>(), Catch::StartsWith(message));
}

TEST_CASE("a JSON output over 1 MiB fails the item", "[plugins][exec]") {
    json options = shell("printf '\"'; head -c 1100000 /dev/zero | tr '\\0' x; printf '\"'");
    options["stdout"] = "json";
    CHECK(Exec{options}.run()["code"] == "too_large");
}

TEST_CASE("a flood of output ends the command at the limit", "[plugins][exec]") {
    json options = shell("yes; echo never >&2");
    options["output_size"] = 1'000'000;
    Exec exec{options};
    const json answer = exec.run();
    CHECK(answer["code"] == "too_large");
    CHECK(answer["class"] == "permanent");
    CHECK(answer["message"] == "the command's output is longer than 977 KiB");
    CHECK(fs::file_size(exec.folder / ".stdout") <= 1'000'000);
    options["stdout"] = "json";
    CHECK(Exec{options}.run()["message"] == "the command's output is longer than 1 MiB");
    CHECK(Exec{json{{"command", {"true"}}}}.run()["type"] == "result");
}

TEST_CASE("a flood of errors is kept in part, and the command goes on", "[plugins][exec]") {
    Exec exec{"head -c 200000000 /dev/zero >&2; echo done"};
    CHECK(exec.run()["text"] == "done");
    CHECK(exec.process.logs().size() == 2);
}

TEST_CASE("an output that is not kept passes on what was there", "[plugins][exec]") {
    json options = shell("seq 1 100000");
    options["stdout"] = "none";
    CHECK(Exec{options}.run() == json{{"type", "result"}, {"id", 1}});
}
