#include "core/model/output.hpp"
#include "tests/cli/stage.hpp"
#include "tests/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <filesystem>

using namespace batch;
using namespace batch::testing;

namespace {

namespace fs = std::filesystem;

Ending text(const std::string& text) {
    return {.output = {.text = text}};
}

/// One item whose output is this.
void put_output(Stage& stage, const Output& output) {
    stage.finish(stage.put("0e4c2a11", "urls.csv", 1),
                 [&](ItemIndex) { return Ending{.output = output}; });
}

Artifact artifact_in(const Stage& stage, const std::string& name, const std::string& content) {
    stage.write("outputs/" + fs::path(name).filename().string(), content);
    return {.name = name,
            .path = stage / ("outputs/" + fs::path(name).filename().string()),
            .media_type = "application/pdf",
            .size = static_cast<std::int64_t>(content.size()),
            .sha256 = "ab12"};
}

std::string output_of(const Stage& stage) {
    const std::string said = stage.ctl({"results", "0e4c2a11", "--json"}).out;
    const auto from = said.find("\"location\"");
    return said.substr(from, said.find(",\"error\"") - from);
}

}  // namespace

TEST_CASE("results are the done items; with --all every finished one", "[cli][results]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 4);
    stage.work_on(no, 3, [](ItemIndex index) {
        return index == 1 ? Ending{ItemStatus::failed, "exit_22", "404", {}}
                          : text(fmt::format("page {}\nmore\n", index));
    });
    CHECK(stage.ctl({"results", "0e4c2a11"}).out ==
          "index\tline\tstatus\tduration_ms\tlocation\n"
          "0\t2\tdone\t7\t\n"
          "2\t4\tdone\t7\t\n");
    CHECK(stage.ctl({"results", "0e4c2a11", "--format", "text"}).out ==
          "page 0\nmore\npage 2\nmore\n");
    CHECK(stage.ctl({"results", "0e4c2a11:2-3", "--format", "text"}).out == "page 2\nmore\n");
    CHECK(on_terminal({"results", "0e4c2a11", "--all"}).out ==
          "INDEX  LINE  STATUS  TIME  OUTPUT\n"
          "0      2     done     7ms  page 0 ...\n"
          "1      3     failed   7ms  404\n"
          "2      4     done     7ms  page 2 ...\n");
    CHECK(stage.ctl({"results", "0e4c2a11", "--format", "json", "--fields", "index,output.text"})
              .out ==
          "[{\"v\":1,\"index\":0,\"output.text\":\"page 0\\nmore\\n\"},\n"
          "{\"v\":1,\"index\":2,\"output.text\":\"page 2\\nmore\\n\"}]\n");
}

TEST_CASE("a result object has every documented member", "[cli][results][json]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 2);
    stage.finish(no, [](ItemIndex index) {
        return index == 0 ? text("hello") : Ending{ItemStatus::failed, "exit_22", "404", {}};
    });
    const std::string id = id_with("0e4c2a11");
    const std::string said = stage.ctl({"results", "0e4c2a11", "--all", "--json"}).out;
    CHECK_THAT(said, Catch::StartsWith(fmt::format(
                         R"({{"v":1,"batch":"{0}","index":0,"line":2,"status":"done",)"
                         R"("location":null,"output":{{"text":"hello","value":null,)"
                         R"("artifacts":[],"deliveries":[]}},"error":null,"attempts":1,)"
                         R"("duration_ms":7}})"
                         "\n"
                         R"({{"v":1,"batch":"{0}","index":1,"line":3,"status":"failed",)"
                         R"("location":null,"output":null,"error":{{"class":"retryable",)"
                         R"("code":"exit_22","message":"404","hint":null,"step":"exec",)"
                         R"("attempt":1,"at":"20)",
                         id)));
    CHECK_THAT(said, Catch::EndsWith(R"(Z"},"attempts":1,"duration_ms":7})"
                                     "\n"));
}

TEST_CASE("an output always has its four members", "[cli][results][json]") {
    Stage stage;
    SECTION("a value") {
        put_output(stage, {.value = R"({"n":1})"});
        CHECK(
            output_of(stage) ==
            R"("location":null,"output":{"text":null,"value":{"n":1},"artifacts":[],"deliveries":[]})");
        CHECK(stage.ctl({"results", "0e4c2a11", "--format", "text"}).out == "{\"n\":1}\n");
    }
    SECTION("a file in the state folder") {
        const Artifact artifact = artifact_in(stage, "Ada.pdf", "%PDF");
        put_output(stage, {.artifacts = {artifact}});
        CHECK(output_of(stage) ==
              fmt::format(R"("location":"{0}","output":{{"text":null,"value":null,)"
                          R"("artifacts":[{{"name":"Ada.pdf","path":"{0}",)"
                          R"("media_type":"application/pdf","size":4,"sha256":"ab12"}}],)"
                          R"("deliveries":[]}})",
                          artifact.path));
    }
    SECTION("a file that was delivered and dropped") {
        put_output(stage, {.artifacts = {{.name = "Ada.pdf",
                                          .media_type = "application/pdf",
                                          .size = 4,
                                          .sha256 = "ab12"}},
                           .deliveries = {{.target = "./cards",
                                           .location = "/home/ada/cards/Ada.pdf",
                                           .at = "2026-11-22T18:45:21.123Z"}}});
        CHECK(
            output_of(stage) ==
            R"("location":"/home/ada/cards/Ada.pdf","output":{"text":null,"value":null,)"
            R"("artifacts":[{"name":"Ada.pdf","path":null,"media_type":"application/pdf",)"
            R"("size":4,"sha256":"ab12"}],"deliveries":[{"target":"./cards",)"
            R"("location":"/home/ada/cards/Ada.pdf","at":"2026-11-22T18:45:21.123Z","id":null}]})");
        CHECK(stage.ctl({"results", "0e4c2a11", "--format", "text"}).out ==
              "/home/ada/cards/Ada.pdf\n");
    }
}

TEST_CASE("CSV cells that a spreadsheet would run are texts", "[cli][results][csv]") {
    Stage stage;
    const std::vector<std::string> cells{
        "=cmd|' /C calc'!A0", "+1+2",  "-2+3",  "@SUM(A1)",  "\tx", "-5", "+1.5", "a,b",
        "say \"hi\"",         "plain", " =1+1", "\uFF1D1+1", "  -3"};
    stage.finish(stage.put("0e4c2a11", "urls.csv", std::ssize(cells)),
                 [&](ItemIndex index) { return text(cells[index]); });
    const std::vector<std::string> words{"results", "0e4c2a11", "--format",
                                         "csv",     "--fields", "output.text"};
    CHECK(stage.ctl(words).out ==
          "output.text\n'=cmd|' /C calc'!A0\n'+1+2\n'-2+3\n'@SUM(A1)\n'\tx\n-5\n+1.5\n\"a,b\"\n"
          "\"say \"\"hi\"\"\"\nplain\n' =1+1\n'\uFF1D1+1\n  -3\n");
    auto raw = words;
    raw.emplace_back("--raw");
    CHECK_THAT(stage.ctl(raw).out, Catch::StartsWith("output.text\n=cmd|' /C calc'!A0\n+1+2\n"));
}

TEST_CASE("hostile output does not reach a terminal as it is", "[cli][results]") {
    Stage stage;
    const std::string hostile =
        "a\x1b[2Jb\a\xE2\x80\xAE"
        "c\xFF\ttab\nnext\r\n";
    put_output(stage, {.text = hostile});
    const std::string shown = R"(a\x1b[2Jb\x07\u202ec)";
    for (const std::vector<std::string>& form :
         std::vector<std::vector<std::string>>{{},
                                               {"--format", "text"},
                                               {"--save", "-"},
                                               {"--format", "csv", "--fields", "output.text"}}) {
        std::vector<std::string> words{"results", "0e4c2a11:0"};
        words.insert(words.end(), form.begin(), form.end());
        const Said said = on_terminal(words);
        CHECK(said.code == 0);
        CHECK_THAT(said.out, Catch::Contains(shown));
        CHECK_THAT(said.out, !Catch::Contains("\x1b") && !Catch::Contains("\a") &&
                                 !Catch::Contains("\xE2\x80\xAE") && !Catch::Contains("\r"));
    }
    CHECK_THAT(on_terminal({"results", "0e4c2a11", "--json"}).out,
               Catch::Contains(R"("text":"a\u001b[2Jb\u0007\u202ec)") && !Catch::Contains("\x1b"));
    CHECK_THAT(stage.ctl({"results", "0e4c2a11:0", "--save", "-"}).out,
               Catch::Equals(hostile) || Catch::Contains("\x1b[2J"));
}

TEST_CASE("outputs are saved under their names, and nowhere else", "[cli][results][save]") {
    Stage stage;
    const Artifact ada = artifact_in(stage, "7a/Ada.pdf", "%PDF ada");
    const Artifact evil = artifact_in(stage, "../../evil.pdf", "%PDF evil");
    stage.finish(stage.put("0e4c2a11", "urls.csv", 4), [&](ItemIndex index) {
        return index == 0   ? Ending{.output = {.artifacts = {ada}}}
               : index == 1 ? Ending{.output = {.artifacts = {evil}}}
               : index == 2 ? text("a text")
                            : Ending{.output = {.value = "[1]"}};
    });
    const Said said = stage.ctl({"results", "0e4c2a11", "--save", "out"});
    CHECK(said.out.empty());
    CHECK(said.err == "saved 4 files in out\n");
    CHECK(stage.read("out/7a/Ada.pdf") == "%PDF ada");
    CHECK(stage.read("out/evil.pdf") == "%PDF evil");
    CHECK(stage.read("out/2.txt") == "a text");
    CHECK(stage.read("out/3.json") == "[1]\n");
    CHECK_FALSE(fs::exists(stage / "../evil.pdf"));

    const Said closed = stage.ctl({"results", "0e4c2a11", "--save", "out/2.txt/sub"});
    CHECK(closed.code == 1);
    CHECK(closed.err.find("cannot make the folder out/2.txt/sub") != std::string::npos);

    const Said again = stage.ctl({"results", "0e4c2a11", "--save", "out"});
    CHECK(again.code == 9);
    CHECK(again.err ==
          error_text("out/7a/Ada.pdf is there already", "replace it: --on-collision overwrite"));
    CHECK(stage.ctl({"results", "0e4c2a11:0", "--save", "out", "--on-collision", "suffix"}).code ==
          0);
    CHECK(stage.read("out/7a/Ada (2).pdf") == "%PDF ada");
    stage.write("out/7a/Ada.pdf", "old");
    CHECK(
        stage.ctl({"results", "0e4c2a11:0", "--save", "out", "--on-collision", "overwrite"}).code ==
        0);
    CHECK(stage.read("out/7a/Ada.pdf") == "%PDF ada");
}

TEST_CASE("one output goes to standard output", "[cli][results][save]") {
    Stage stage;
    const std::string pdf("%PDF\0\x01", 6);
    const Artifact artifact = artifact_in(stage, "Ada.pdf", pdf);
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 5);
    stage.work_on(no, 4, [&](ItemIndex index) {
        return index == 0   ? Ending{.output = {.artifacts = {artifact}}}
               : index == 1 ? Ending{.output = {.artifacts = {artifact, artifact}}}
               : index == 2 ? Ending{ItemStatus::failed, "exit_1", "no", {}}
                            : Ending{.output = {.artifacts = {{.name = "Bob.pdf"}},
                                                .deliveries = {{.location = "/cards/Bob.pdf"}}}};
    });
    const auto save = [&](const std::string& name) {
        return stage.ctl({"results", name, "--save", "-"});
    };
    CHECK(save("0e4c2a11:0").out == pdf);
    CHECK(save("0e4c2a11").code == 2);
    CHECK(save("0e4c2a11").err ==
          error_text("--save - writes one item's output, and this names several",
                     "one of them: batchctl results 0e4c2a11:0 --save -"));
    CHECK(save("0e4c2a11:1").err ==
          error_text("item 1 has 2 files", "all of them: batchctl results 0e4c2a11:1 --save DIR"));
    CHECK(save("0e4c2a11:2").code == 3);
    CHECK(save("0e4c2a11:2").err == error_text("item 2 of 0e4c2a11 is failed and has no output",
                                               "see why: batchctl logs 0e4c2a11:2"));
    CHECK(save("0e4c2a11:3").code == 3);
    CHECK(save("0e4c2a11:3").err ==
          error_text("the output of item 3 was delivered and is no longer kept",
                     "it is at: /cards/Bob.pdf"));
    CHECK(save("0e4c2a11:4").err == error_text("item 4 of 0e4c2a11 is pending and has no output",
                                               "wait for it: batchctl wait 0e4c2a11"));
    const Said shown = on_terminal({"results", "0e4c2a11:0", "--save", "-"});
    CHECK(shown.code == 2);
    CHECK(shown.out.empty());
    CHECK(shown.err ==
          error_text("the output of item 0 is no text, and is not shown on a terminal",
                     "write it to a file: batchctl results 0e4c2a11:0 --save - >FILE"));
}

TEST_CASE("following a batch that has ended is reading it", "[cli][results][follow]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "urls.csv", 2'500),
                 [](ItemIndex index) { return text(std::to_string(index)); });
    CHECK(stage.ctl({"results", "0e4c2a11", "--follow", "--format", "text"}).out ==
          stage.ctl({"results", "0e4c2a11", "--format", "text"}).out);
    const Said some = stage.ctl({"results", "0e4c2a11:5", "--follow"});
    CHECK(some.code == 2);
    CHECK(some.err == error_text("--follow goes through the whole batch",
                                 "leave the items away: batchctl results 0e4c2a11 --follow"));
}

TEST_CASE("following ends where a person must act", "[cli][results][follow]") {
    Stage stage;
    const BatchNo no = stage.put("0e4c2a11", "urls.csv", 3);
    stage.start_work();
    stage.work_on(no, 1, [](ItemIndex) { return text("one"); });
    stage.file().steering().pause(no, {"config", "the command is not there", ""});
    const Said said = stage.ctl({"results", "0e4c2a11", "--follow", "--format", "text"});
    CHECK(said.code == 8);
    CHECK(said.out.empty());
    CHECK(said.err == error_text("0e4c2a11 (urls.csv) is paused: the command is not there; 1 of 3 "
                                 "items are done, no try of the others was used up",
                                 "when it is mended: batchctl resume 0e4c2a11"));
}
