#include "core/base/error.hpp"
#include "core/plugin/conformance.hpp"
#include "tests/core/plugin/fake_plugin.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;

namespace {

std::vector<ConformanceCheck> check(const std::filesystem::path& program, Millis patience = 2s) {
    return check_conformance({.launch = {.program = program},
                              .options = [](const Manifest&) { return R"({"column":"name"})"; },
                              .patience = patience,
                              .leave = 300ms});
}

/// The checks that failed, as "name: message".
std::vector<std::string> failures(const std::vector<ConformanceCheck>& checks) {
    std::vector<std::string> result;
    for (const auto& each : checks) {
        if (each.result == CheckResult::fail) {
            result.push_back(each.name + ": " + each.message);
            CHECK_FALSE(each.mend.empty());
        }
    }
    return result;
}

std::vector<std::string> failures_with(const std::string& more, Millis patience = 2s) {
    const TempFolder folder;
    return failures(check(write_shout(folder, more), patience));
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a plugin that keeps the protocol passes all 11 checks", "[plugin][conformance]") {
    const TempFolder folder;
    const auto checks = check(write_shout(folder));
    CHECK(failures(checks).empty());
    REQUIRE(checks.size() == 11);
    CHECK(checks[0].name == "describe");
    CHECK(checks[0].message == "protocol 1, shout 1.0, 1 option");
    CHECK(checks[2].message == "2 items, one answer each; the first: result");
}

TEST_CASE("each check is told as soon as it is known", "[plugin][conformance]") {
    const TempFolder folder;
    std::vector<std::string> names;
    check_conformance({.launch = {.program = folder / "none"}},
                      [&](const ConformanceCheck& seen) { names.push_back(seen.name); });
    CHECK(names.size() == 11);
}

TEST_CASE("junk on stdout stops the checks at the handshake", "[plugin][conformance]") {
    const TempFolder folder;
    const auto checks = check(write_shout(folder, R"(    print("hello", flush=True))"));
    CHECK(failures(checks) == Texts{"handshake: line 1 of stdout is no frame: hello"});
    CHECK(checks[1].mend == "stdout is for frames; print to stderr: it becomes the item's log");
    CHECK(checks[2].result == CheckResult::not_run);
    CHECK(checks[10].result == CheckResult::not_run);
}

TEST_CASE("a plugin called otherwise than its file is found out", "[plugin][conformance]") {
    const TempFolder folder;
    std::filesystem::rename(write_shout(folder), folder / "cry");
    CHECK(failures(check(folder / "cry")) ==
          Texts{"describe: it is called \"shout\", its file \"cry\""});
}

TEST_CASE("a plugin that refuses or dies at init says why", "[plugin][conformance]") {
    CHECK(failures_with(R"(    say({"type": "error", "message": "no license"}); continue)") ==
          Texts{"handshake: it refuses these options: no license"});
    CHECK(failures_with(R"(    sys.exit("out of ink"))") ==
          Texts{"handshake: it left (exit code 1) and owes ready: out of ink"});
}

TEST_CASE("two answers, or one to nobody, are found out", "[plugin][conformance]") {
    const auto twice = failures_with(R"(    if type == "item": answer(frame))");
    REQUIRE_FALSE(twice.empty());
    CHECK(twice[0] == "answer: line 3 of stdout is a second answer to item 1");
    const auto nobody = failures_with(R"(    if type == "item": frame["id"] += 90)");
    REQUIRE_FALSE(nobody.empty());
    CHECK(nobody[0] == "answer: line 2 of stdout answers an item that was never sent");
}

TEST_CASE("an answer that waits for the next item is found out", "[plugin][conformance]") {
    const auto late = failures_with(R"(
    if type == "item":
        if "last" in globals(): answer(last)
        last = frame
        continue)",
                                    400ms);
    REQUIRE_FALSE(late.empty());
    CHECK(late[0] == "answer: an answer to item 2 did not come within 0.4s");
}

TEST_CASE("a cancel that kills, and one that is answered twice, are found out",
          "[plugin][conformance]") {
    CHECK(failures_with(R"(    if type == "cancel": sys.exit(3))") ==
          Texts{"cancel: it left (exit code 3) and owes an answer to item 1"});
    const auto twice = failures_with(R"(
    if type == "cancel" and frame["id"] < 1000:
        say({"type": "error", "id": frame["id"], "class": "cancelled"}))");
    REQUIRE(twice.size() == 1);
    CHECK_THAT(twice[0], Catch::StartsWith("cancel: line 3 of stdout is a second answer"));
}

TEST_CASE("a plugin without pong, or that dies of new frames, is found out",
          "[plugin][conformance]") {
    const auto silent = failures_with(R"(    if type == "ping": continue)", 400ms);
    CHECK(std::ranges::find(silent, "ping: pong did not come within 0.4s") != silent.end());
    CHECK(failures_with(R"(    if type == "news": sys.exit(4))") ==
          Texts{"ping: it left (exit code 4) and owes pong"});
}

TEST_CASE("a plugin with a small buffer or an ASCII mind is found out", "[plugin][conformance]") {
    const auto small = failures_with(R"(    if len(line) > 500000: sys.exit("line too long"))");
    CHECK(small ==
          Texts{"huge: it left (exit code 1) and owes an answer to item 1: line too long"});
    const auto ascii = failures_with(R"(    line.encode("ascii"))");
    CHECK(ascii.size() == 1);
    CHECK_THAT(ascii.at(0), Catch::StartsWith("utf-8: it left (exit code 1)"));
}

TEST_CASE("a plugin that writes another encoding is found out", "[plugin][conformance]") {
    const auto latin = failures_with(R"(
    sys.stdout.reconfigure(encoding="latin-1", errors="replace")
    def say(frame): print(json.dumps(frame, ensure_ascii=False), flush=True))");
    REQUIRE(latin.size() == 1);
    CHECK_THAT(latin[0], Catch::StartsWith("utf-8: line 2 of stdout is no frame"));
}

TEST_CASE("a plugin that takes each read for a line is found out", "[plugin][conformance]") {
    const TempFolder folder;
    const auto path = write_shout(folder);
    std::string text = read_file(path, 10'000);
    text.replace(text.find("for line in sys.stdin:"), 22, R"(def lines():
    rest = b""
    while chunk := os.read(0, 65536):
        rest = b"" if len(chunk) < 60 and b"\n" not in chunk else rest + chunk  # a short one is junk
        *whole, rest = rest.split(b"\n")
        yield from whole
for line in lines():
    if not line.startswith(b"{"): continue)");
    atomic_write(path, text, 0700);
    CHECK(failures(check(path, 500ms)) ==
          Texts{"split: an answer to item 1 did not come within 0.5s"});
}

TEST_CASE("a plugin that keeps all it was ever sent is found out", "[plugin][conformance]") {
    CHECK(failures_with(R"(
    total = globals().get("total", 0) + len(line)
    if total > 2000000: sys.exit("no room left"))") ==
          Texts{"full pipe: it left (exit code 1) and owes an answer to item 20: no room left"});
}

TEST_CASE("a plugin that passes its row through another program is found out",
          "[plugin][conformance]") {
    // Both wait: the plugin for cat to read, cat for the plugin to read.
    const auto stuck = failures_with(R"(
    if type == "item":
        import subprocess
        cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cat.stdin.write(line.encode())
        cat.stdin.close()
        frame = json.loads(cat.stdout.read()))",
                                     500ms);
    REQUIRE(stuck.size() == 1);
    CHECK(stuck[0] == "huge: an answer to item 1 did not come within 0.5s");
}

TEST_CASE("a plugin that does not leave is found out", "[plugin][conformance]") {
    const TempFolder folder;
    const auto path = write_shout(folder);
    std::string text = read_file(path, 10'000);
    text.insert(text.find("seen = 0"), "import signal; signal.signal(15, signal.SIG_IGN)\n");
    atomic_write(path, text + "time.sleep(60)\n", 0700);
    const Texts expected{"end of input: it is still there 0.3s after the end of stdin",
                         "term: it is still there 0.3s after TERM"};
    CHECK(failures(check(path)) == expected);
}

TEST_CASE("wrong options are the caller's mistake, not the plugin's", "[plugin][conformance]") {
    const TempFolder folder;
    const ConformanceTask task{.launch = {.program = write_shout(folder)},
                               .options = [](const Manifest&) -> std::string {
                                   throw Error(ErrorKind::usage, "no option");
                               }};
    CHECK_THROWS_WITH(check_conformance(task), "no option");
}
