#include "core/os/file.hpp"
#include "core/os/process.hpp"
#include "tests/daemon/plugins/plugin_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wait_until.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json shell(const std::string& script) {
    return {{"command", {"/bin/sh", "-c", script}}};
}

/// exec with one shell script, and the folder of its item.
class Exec {
public:
    explicit Exec(const json& options) : process{"exec", options} {}

    explicit Exec(const std::string& script) : Exec{shell(script)} {}

    explicit Exec(const char* script) : Exec{shell(script)} {}

    void send(int id, const json& more = {}) {
        json frame{
            {"type", "item"}, {"id", id},      {"batch", "B"},  {"index", 17},
            {"attempt", 2},   {"key", "B/17"}, {"row", "text"}, {"dir", folder.path().native()}};
        frame.update(more.is_null() ? json::object() : more);
        process.send(frame);
    }

    json run(const json& more = {}) {
        send(1, more);
        return process.answer();
    }

    TempFolder folder;
    PluginProcess process;
};

bool runs(pid_t pid) {
    const auto stat = stat_of(pid);
    return stat && stat->state != 'Z';
}

}  // namespace

TEST_CASE("a command reads the row and its output is the text", "[plugins][exec]") {
    Exec exec{"cat; echo again"};
    CHECK(exec.process.ready()["type"] == "ready");
    CHECK(exec.run()["text"] == "text\nagain");
}

TEST_CASE("a row passes through unchanged, keys in order and digits as they are",
          "[plugins][exec]") {
    Exec exec{"cat"};
    exec.process.send_raw(
        R"({"type":"item","id":1,"row":{"z":1.0,"a":12345678901234567890123,"s":"\u00fc"}})"
        "\n");
    CHECK(exec.process.answer()["text"] == R"({"z":1.0,"a":12345678901234567890123,"s":"\u00fc"})");
}

TEST_CASE("a command knows its item by its environment, and nothing else", "[plugins][exec]") {
    ::setenv("SECRET", "x", 1);
    json options = shell("env | sort | grep -v '^PWD\\|^_=\\|^SHLVL'");
    options["env"] = {{"MINE", "a b"}, {"BATCH_ID", "other"}};
    Exec exec{options};
    const std::string text =
        exec.run({{"input", {{"files", {{{"path", "/in/a.pdf"}}, {{"path", "/in/b"}}}}}}})["text"];
    for (const std::string line : {"MINE=a b", "BATCH_ITEM_INDEX=17", "BATCH_ITEM_KEY=B/17",
                                   "BATCH_ITEM_ATTEMPT=2", "BATCH_INPUT_FILE=/in/a.pdf"}) {
        CHECK_THAT(text, Catch::Contains(line));
    }
    CHECK_THAT(text, Catch::Contains("BATCH_OUTPUT_DIR=" + exec.folder.path().native()));
    CHECK_THAT(text, !Catch::Contains("SECRET"));
    ::unsetenv("SECRET");
}

TEST_CASE("a command runs in its folder with the options of its item", "[plugins][exec]") {
    Exec exec{"false"};
    json options = shell("pwd");
    options["chdir"] = "/usr";
    CHECK(exec.run({{"options", options}})["text"] == "/usr");
}

TEST_CASE("exit codes decide about another try", "[plugins][exec]") {
    const auto [code, error_class] = GENERATE(table<int, std::string>({{1, "retryable"},
                                                                       {22, "retryable"},
                                                                       {65, "permanent"},
                                                                       {78, "config"},
                                                                       {126, "config"},
                                                                       {127, "config"}}));
    Exec exec{"exit " + std::to_string(code)};
    const json answer = exec.run();
    CHECK(answer["type"] == "error");
    CHECK(answer["class"] == error_class);
    CHECK(answer["code"] == "exit_" + std::to_string(code));
    CHECK(answer["message"] == "exit code " + std::to_string(code));
}

TEST_CASE("options change what exit codes mean", "[plugins][exec]") {
    const auto class_of = [](const char* option, std::vector<int> codes, int code) {
        json options = shell("exit " + std::to_string(code));
        options[option] = codes;
        const json answer = Exec{options}.run();
        return answer["type"] == "result" ? "done" : answer["class"].get<std::string>();
    };
    CHECK(class_of("success_codes", {0, 1}, 1) == "done");
    CHECK(class_of("success_codes", {1}, 0) == "retryable");
    CHECK(class_of("retry_on", {7, 65}, 65) == "retryable");
    CHECK(class_of("retry_on", {7}, 22) == "permanent");
    CHECK(class_of("retry_on", {7}, 127) == "config");
    CHECK(class_of("no_retry_on", {22}, 22) == "permanent");
    CHECK(class_of("no_retry_on", {22}, 23) == "retryable");
}

TEST_CASE("a command that is killed by a signal says which", "[plugins][exec]") {
    const json answer = Exec{"kill -SEGV $$"}.run();
    CHECK(answer["class"] == "retryable");
    CHECK(answer["code"] == "signal_SEGV");
    CHECK(answer["message"] == "killed by SEGV");
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

TEST_CASE("an output that is not kept passes on what was there", "[plugins][exec]") {
    json options = shell("seq 1 100000");
    options["stdout"] = "none";
    CHECK(Exec{options}.run() == json{{"type", "result"}, {"id", 1}});
}

TEST_CASE("whatever a command does with its pipes, nothing blocks", "[plugins][exec]") {
    const std::string row(900'000, 'x');
    const auto script =
        GENERATE("exec <&-; seq 1 1000000", "seq 1 1000000 >&2; cat >/dev/null",
                 "seq 1 1000000; seq 1 1000000 >&2; cat | wc -c", "exec <&- >&- 2>&-; sleep 0.1",
                 "cat | tee /dev/stderr | cat; true");
    Exec exec{std::string{script}};
    CHECK(exec.run({{"row", row}})["type"] == "result");
}

TEST_CASE("what a command leaves running is ended with it", "[plugins][exec]") {
    Exec exec{"setsid sleep 60 & echo $! ; (sleep 0.1; echo late)&"};
    const auto start = BootClock::now();
    const json answer = exec.run();
    CHECK(BootClock::now() - start < 5s);
    const std::string text = answer["text"];
    CHECK_THAT(text, Catch::EndsWith("\nlate"));  // the grace
    CHECK_FALSE(runs(std::stoi(text)));
}

TEST_CASE("what closed its pipes does not hold the item up", "[plugins][exec]") {
    Exec exec{"setsid sleep 60 >/dev/null 2>&1 <&- & echo $!"};
    const auto start = BootClock::now();
    const pid_t pid = std::stoi(exec.run()["text"].get<std::string>());
    CHECK(BootClock::now() - start < 400ms);
    CHECK_FALSE(runs(pid));
}

TEST_CASE("a command that cannot be run pauses the batch", "[plugins][exec]") {
    json options{{"command", {"no-such-command"}}};
    const json answer = Exec{options}.run();
    CHECK(answer["class"] == "config");
    CHECK(answer["code"] == "cannot_run");
    CHECK(answer["message"] == "cannot run \"no-such-command\": there is no such command in PATH");
    options = shell("true");
    options["chdir"] = "/no/such/folder";
    CHECK(Exec{options}.run()["class"] == "config");
}

TEST_CASE("a row cannot cut an argument short", "[plugins][exec]") {
    Exec exec{"true"};
    exec.process.send_raw(
        R"({"type":"item","id":1,"row":"","options":{"command":["echo","a\u0000b"]}})"
        "\n");
    const json answer = exec.process.answer();
    CHECK(answer["class"] == "permanent");
    CHECK(answer["message"] == "an argument of the command contains a NUL byte");
}

TEST_CASE("an argument can be 128 KiB and not more", "[plugins][exec]") {
    Exec exec{"true"};
    const auto echo = [&](std::size_t size) {
        return exec.run({{"options", {{"command", {"echo", std::string(size, 'x')}}}}});
    };
    CHECK(echo(100'000)["type"] == "result");
    const json answer = echo(200'000);
    CHECK(answer["class"] == "permanent");
    CHECK(answer["message"] == "cannot run \"echo\": its arguments are too long");
}

TEST_CASE("wrong options end the plugin with 78", "[plugins][exec]") {
    const auto options =
        GENERATE(json::object(), json{{"command", json::array()}}, json{{"command", "ls"}},
                 json{{"command", {"ls"}}, {"stdout", "xml"}},
                 json{{"command", {"ls"}}, {"env", {{"A", 1}}}});
    PluginProcess exec{"exec", options};
    CHECK(exec.ready()["type"] == "error");
    CHECK(exec.ready()["class"] == "config");
    CHECK(exec.wire().wait_exit(BootClock::now() + 5s) == Exit{.code = 78, .signal = 0});
}

TEST_CASE("a cancelled command is stopped, and the next one runs", "[plugins][exec]") {
    Exec exec{"echo $$ >&2; trap 'exit 0' TERM; sleep 60 & wait"};
    exec.send(1);
    exec.send(2);
    exec.process.send({{"type", "cancel"}, {"id", 2}});  // waits
    CHECK(exec.process.answer() == json{{"type", "error"},
                                        {"id", 2},
                                        {"class", "cancelled"},
                                        {"code", "cancelled"},
                                        {"message", "cancelled before it began"}});
    CHECK(exec.process.next()["stream"] == "err");  // it runs
    exec.process.send({{"type", "cancel"}, {"id", 1}});
    const json answer = exec.process.answer();
    CHECK(answer["id"] == 1);
    CHECK(answer["class"] == "cancelled");
    exec.send(3, {{"options", {{"command", {"true"}}}}});
    CHECK(exec.process.answer()["id"] == 3);
}

TEST_CASE("commands run one after the other, each with its own answer", "[plugins][exec]") {
    Exec exec{"cat"};
    for (int id = 1; id <= 20; ++id) {
        exec.send(id, {{"row", std::to_string(id)}});
    }
    for (int id = 1; id <= 20; ++id) {
        const json answer = exec.process.answer();
        CHECK(answer["id"] == id);
        CHECK(answer["text"] == std::to_string(id));
    }
}

TEST_CASE("the end of input stops the command and all it started", "[plugins][exec]") {
    Exec exec{"setsid sleep 60 & echo $! >&2; wait"};
    exec.send(1);
    const pid_t left = std::stoi(exec.process.next()["text"].get<std::string>());
    CHECK(runs(left));
    exec.process.wire().close_input();
    CHECK(exec.process.wire().wait_exit(BootClock::now() + 5s) == Exit{});
    CHECK_FALSE(runs(left));
}

TEST_CASE("TERM to the group leaves the command its grace", "[plugins][exec]") {
    Exec exec{
        "trap 'sleep 0.2; echo end > $BATCH_OUTPUT_DIR/end; exit 0' TERM; echo on >&2; "
        "while :; do sleep 0.01; done"};
    exec.send(1);
    CHECK(exec.process.next()["text"] == "on\n");
    exec.process.wire().child().signal_group(SIGTERM);
    CHECK(exec.process.wire().wait_exit(BootClock::now() + 5s) == Exit{});
    CHECK(read_file(exec.folder / "end", 10) == "end\n");
}

TEST_CASE("a command gets no descriptor of ours and may not write frames", "[plugins][exec]") {
    Exec exec{"ls /proc/self/fd | tr '\\n' ' '; echo '{\"type\":\"pong\"}'"};
    CHECK(exec.run()["text"] == "0 1 2 3 {\"type\":\"pong\"}");
}
