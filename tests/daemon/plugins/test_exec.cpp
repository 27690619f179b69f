#include "core/os/file.hpp"
#include "core/os/process.hpp"
#include "tests/daemon/plugins/exec_process.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

bool runs(pid_t pid) {
    const auto stat = stat_of(pid);
    return stat && stat->state != 'Z';
}

}  // namespace

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
