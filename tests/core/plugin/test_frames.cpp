#include "core/base/error.hpp"
#include "core/plugin/frames.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("item frames carry rows, inputs and options as they are", "[plugin][frames]") {
    std::string out;
    append_item(out, {.id = 7, .batch = "b", .index = 17, .attempt = 2, .row = R"({"z":1.0})"});
    CHECK(out == R"({"type":"item","id":7,"batch":"b","index":17,"attempt":2,"key":"b/17",)"
                 R"("row":{"z":1.0}})"
                 "\n");
    out.clear();
    append_item(out, {.id = 1,
                      .batch = "b",
                      .row = "\"x\"",
                      .input = R"({"text":"t"})",
                      .options = R"({"a":1})",
                      .dir = "/a \"b\""});
    CHECK(out == R"({"type":"item","id":1,"batch":"b","index":0,"attempt":1,"key":"b/0",)"
                 R"("row":"x","input":{"text":"t"},"options":{"a":1},"dir":"/a \"b\""})"
                 "\n");
}

TEST_CASE("init frames have a template only for steps that have one", "[plugin][frames]") {
    std::string out;
    append_init(out, {.options = R"({"a":1})"});
    CHECK(out == R"({"type":"init","protocol":1,"options":{"a":1},"jail":"off"})"
                 "\n");
    out.clear();
    append_init(out, {.template_text = {.name = "a.html", .sha256 = "00", .source = "<\n>"},
                      .jailed = true});
    CHECK(out == R"({"type":"init","protocol":1,"options":{},)"
                 R"("template":{"name":"a.html","sha256":"00","source":"<\n>"},"jail":"required"})"
                 "\n");
}

TEST_CASE("small frames", "[plugin][frames]") {
    std::string out;
    append_cancel(out, 18446744073709551615U);
    append_ping(out);
    append_drain(out);
    CHECK(out ==
          "{\"type\":\"cancel\",\"id\":18446744073709551615}\n{\"type\":\"ping\"}\n"
          "{\"type\":\"drain\"}\n");
}

TEST_CASE("an input is what there is of it", "[plugin][frames]") {
    std::string out;
    append_input(out, {});
    CHECK(out == "{}");
    out.clear();
    append_input(out, {.text = R"("t")",
                       .media_type = R"("text/html")",
                       .value = "1",
                       .name = "Ada.pdf",
                       .files = {{.path = "/p", .name = "n"}, {.path = "/q"}}});
    CHECK(out == R"({"text":"t","media_type":"text/html","value":1,"name":"Ada.pdf",)"
                 R"("files":[{"path":"/p","name":"n"},{"path":"/q"}]})");
}

TEST_CASE("results are slices of their line", "[plugin][frames]") {
    AnswerReader reader;
    const std::string line =
        R"({"type":"result","id":5,"value":{"text":"no"},"text":"a\nb","media_type":"text/html",)"
        R"("files":[{"path":"p","media_type":"m","name":"n"}],"deliveries":[{"x":1}],"new":0})";
    const Answer answer = reader.read(line);
    CHECK(answer.type == AnswerType::result);
    CHECK(answer.id == 5U);
    CHECK(answer.text == R"("a\nb")");
    CHECK(answer.value == R"({"text":"no"})");
    CHECK(answer.media_type == R"("text/html")");
    CHECK(answer.deliveries == R"([{"x":1}])");
    CHECK(answer.fault.empty());
    const auto files = files_of(answer.files);
    REQUIRE(files.size() == 1);
    CHECK(files[0].path == "p");
    CHECK(files[0].name == "n");
    CHECK(files[0].media_type == "m");
}

TEST_CASE("the members of a frame may come in any order", "[plugin][frames]") {
    AnswerReader reader;
    const Answer answer = reader.read(R"( {"text":"x" , "id" : 5 ,"type":"result"} )");
    CHECK(answer.type == AnswerType::result);
    CHECK(answer.text == "\"x\"");
    CHECK(answer.id == 5U);
}

TEST_CASE("what is no frame is an error with its beginning", "[plugin][frames]") {
    AnswerReader reader;
    CHECK_THROWS_WITH(reader.read("hello"), "is no frame: hello");
    CHECK_THROWS_WITH(reader.read("[1]"), "is no frame: [1]");
    CHECK_THROWS_WITH(reader.read("{}"), "is no frame: {}");
    CHECK_THROWS_WITH(reader.read(""), "is no frame: ");
    CHECK_THROWS_AS(reader.read("{\"type\":\"result\",\"text\":\"\xff\"}"), Error);
    CHECK_THROWS_AS(reader.read("{\"type\":\"result\""), Error);
    CHECK_THROWS_AS(reader.read(R"({"type":"a"} {"type":"b"})"), Error);
}

TEST_CASE("unknown frames and ids that are none are let pass", "[plugin][frames]") {
    AnswerReader reader;
    CHECK(reader.read(R"({"type":"news","id":1})").type == AnswerType::unknown);
    CHECK_FALSE(reader.read(R"({"type":"result","id":-1})").id);
    CHECK_FALSE(reader.read(R"({"type":"result","id":"1"})").id);
    CHECK_FALSE(reader.read(R"({"type":"result","id":1.5})").id);
    CHECK(reader.read(R"({"type":"ready"})").type == AnswerType::ready);
    CHECK(reader.read(R"({"type":"pong"})").type == AnswerType::pong);
}

TEST_CASE("a result that breaks a rule says which", "[plugin][frames]") {
    AnswerReader reader;
    const auto fault = [&](const std::string& members) {
        return std::string{reader.read(R"({"type":"result","id":1,)" + members + "}").fault};
    };
    CHECK(fault(R"("text":1)") == "the \"text\" of its result is not a text");
    CHECK(fault(R"("media_type":[])") == "the \"media_type\" of its result is not a text");
    CHECK(fault(R"("files":{})") == "\"files\" or \"deliveries\" of its result is not a list");
    CHECK(fault(R"("text":null,"files":null)").empty());
    const std::string longest(longest_text, 'x');
    CHECK(fault("\"text\":\"" + longest + "\"").empty());
    CHECK_THAT(fault("\"text\":\"" + longest + "x\""), Catch::Contains("longer than 1 MiB"));
    CHECK_THAT(fault("\"value\":\"" + longest + "\""), Catch::Contains("longer than 1 MiB"));
    std::string newlines;
    for (std::size_t i = 0; i < longest_text; ++i) {
        newlines += "\\n";  // twice as long as what it stands for
    }
    CHECK(fault("\"text\":\"" + newlines + "\"").empty());
    CHECK_THAT(fault("\"text\":\"" + newlines + "\\n\""), Catch::Contains("longer than 1 MiB"));
}

TEST_CASE("errors have a class, a code and a message whatever the plugin says",
          "[plugin][frames]") {
    AnswerReader reader;
    const std::string line =
        R"({"type":"error","id":1,"class":"throttled","code":"c","message":"m\t","hint":"h",)"
        R"("after_ms":2000})";
    const PluginError error = error_of(reader.read(line));
    CHECK(error.error_class == ErrorClass::throttled);
    CHECK(error.code == "c");
    CHECK(error.message == "m\t");
    CHECK(error.hint == "h");
    CHECK(error.after == Millis{2000});
    const std::string poor = R"({"type":"error","class":"odd","after_ms":-1})";
    const PluginError filled = error_of(reader.read(poor));
    CHECK(filled.error_class == ErrorClass::permanent);
    CHECK(filled.code == "plugin_error");
    CHECK(filled.message == "the plugin did not say why");
    CHECK_FALSE(filled.after);
}

TEST_CASE("logs have a stream", "[plugin][frames]") {
    AnswerReader reader;
    const std::string line =
        R"({"type":"log","id":1,"level":"warn","stream":"err","text":"t","cut_bytes":9})";
    const PluginLog log = log_of(reader.read(line));
    CHECK(log.stream == "err");
    CHECK(log.level == "warn");
    CHECK(log.text == "t");
    CHECK(log.cut_bytes == 9);
    const std::string other = R"({"type":"log","stream":"x","text":"t"})";
    CHECK(log_of(reader.read(other)).stream == "log");
}

TEST_CASE("a file without a path is refused", "[plugin][frames]") {
    CHECK(files_of("").empty());
    CHECK(files_of("[]").empty());
    CHECK_THROWS_AS(files_of(R"([{"name":"x"}])"), Error);
    CHECK_THROWS_AS(files_of("[1]"), Error);
}
