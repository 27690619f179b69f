#include "tests/daemon/plugins/plugin_process.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace batch;
using namespace batch::testing;
using nlohmann::json;

namespace {

const json ada{{"name", "Ada"}, {"empty", ""}, {"user", {{"email", "a@b"}}}};

/// What becomes of a template with a row: its text, or "code: message".
std::string rendered(const std::string& source, const json& row = ada,
                     const std::string& name = "card.html") {
    PluginProcess mustache{"mustache", json::object(), Page{name, source}};
    json answer = mustache.ready();
    if (answer["type"] == "ready") {
        answer = mustache.run(row);
    }
    if (answer["type"] == "result") {
        return answer["text"];
    }
    return answer.value("code", "none") + ": " + answer.value("message", "no answer");
}

std::string lint_error(const std::string& source) {
    const json errors = lint("mustache", {"card.html", source})["errors"];
    return errors.empty() ? "none"
                          : std::to_string(errors[0]["line"].get<int>()) + ":" +
                                std::to_string(errors[0]["column"].get<int>()) + ": " +
                                errors[0]["message"].get<std::string>();
}

}  // namespace

TEST_CASE("mustache sees the row, what is ours and the step before", "[plugins][mustache]") {
    CHECK(rendered("{{name}} {{row.name}} {{user.email}} {{batch.id}}/{{batch.index}}") ==
          "Ada Ada a@b B/0");
    CHECK(rendered("{{First name}}", {{"First name", "x"}}) == "x");
    CHECK(rendered("{{a.b}}", {{"a.b", "whole"}, {"a", {{"b", "parts"}}}}) == "whole");
    CHECK(rendered("{{value}} {{.}}", "a text", "a.txt") == "a text a text");
    PluginProcess mustache{"mustache", json::object(), Page{"a.txt", "{{batch.output.value.n}}"}};
    CHECK(mustache.run(ada, {{"input", {{"value", {{"n", 7}}}}}})["text"] == "7");
}

TEST_CASE("mustache escapes markup, and nothing else", "[plugins][mustache]") {
    const json row{{"x", "<b>\"&'"}};
    CHECK(rendered("{{x}}", row) == "&lt;b&gt;&quot;&amp;&#39;");
    CHECK(rendered("{{x}}", row, "a.svg") == "&lt;b&gt;&quot;&amp;&#39;");
    CHECK(rendered("{{x}}", row, "a.html.mustache") == "&lt;b&gt;&quot;&amp;&#39;");
    CHECK(rendered("{{x}}", row, "a.txt") == "<b>\"&'");
    CHECK(rendered("{{{x}}}{{&x}}", row) == "<b>\"&'<b>\"&'");  // the template's author asks for it
}

TEST_CASE("sections repeat, choose and nest", "[plugins][mustache]") {
    const json row{{"rows", {{{"n", 1}}, {{"n", 2}}}},
                   {"none", json::array()},
                   {"yes", true},
                   {"cell", "x"},
                   {"blank", ""},
                   {"nul", nullptr}};
    CHECK(rendered("{{#rows}}<{{n}}{{cell}}>{{/rows}}", row) == "<1x><2x>");
    CHECK(rendered("{{#none}}a{{/none}}{{^none}}b{{/none}}", row) == "b");
    CHECK(rendered("{{#yes}}a{{/yes}}{{#blank}}b{{/blank}}{{^nul}}c{{/nul}}{{#no}}d{{/no}}", row) ==
          "ac");
    CHECK(rendered("a\n  {{#yes}}\nb\n  {{/yes}}\nc", row) == "a\nb\nc");  // alone on their lines
    CHECK(rendered("{{=<% %>=}}<%cell%>{{cell}}", row) == "x{{cell}}");
    CHECK(rendered("a{{! no {{word}} of it }}b", row) == "a of it }}b");
}

TEST_CASE("a name that no row has fails its item and says which is meant", "[plugins][mustache]") {
    CHECK(rendered("\n{{nmae}}") ==
          "undefined_variable: card.html:2: \"nmae\" is not defined; did you mean \"name\"?");
    CHECK(rendered("{{#user}}{{email}}{{/user}}{{user.phone}}") ==
          "undefined_variable: card.html:1: \"user.phone\" is not defined");
}

TEST_CASE("mustache loads nothing and calls nothing", "[plugins][mustache]") {
    const std::string loads = "a template is one file: it cannot load another";
    CHECK(lint_error("\n {{> /etc/passwd}}") == "2:2: " + loads);
    CHECK(rendered("{{> name}}") == "template_error: card.html:1: " + loads);
    // What a row says is a text: neither a template nor a function.
    CHECK(rendered("{{name}}{{#name}}{{.}}{{/name}}", {{"name", "{{user.email}} {{>x}}"}},
                   "a.txt") == "{{user.email}} {{>x}}{{user.email}} {{>x}}");
}

TEST_CASE("mustache bounds what it makes", "[plugins][mustache]") {
    std::string deep;
    for (int i = 0; i < 65; ++i) {
        deep += "{{#name}}";
    }
    CHECK_THAT(lint_error(deep), Catch::EndsWith("sections are nested more than 64 deep"));
    // 1000 to the power of 4 rounds
    const json thousand(1000, "x");
    const json row{{"a", thousand}, {"name", "bomb"}};
    const std::string loops = "{{#a}}{{#a}}{{#a}}{{#a}}{{name}}{{/a}}{{/a}}{{/a}}{{/a}}";
    CHECK(rendered(loops, row) ==
          "too_large: card.html:1: the rendered text is over 1 MiB, "
          "with what is embedded in it");
}

TEST_CASE("a syntax error of mustache has its line and column", "[plugins][mustache]") {
    CHECK(lint_error("<p>\n  {{name") == "2:3: \"{{\" is never closed; }} is missing");
    CHECK(lint_error("{{{name}}") == "1:1: \"{{{\" is never closed; }}} is missing");
    CHECK(lint_error("{{#name}}\n") ==
          "1:4: section \"name\" is never closed; {{/name}} is missing");
    CHECK(lint_error("{{#a}}\n{{/b}}") ==
          "2:4: \"/b\" closes nothing here; the open section is \"a\" of line 1");
    CHECK(lint_error("{{/b}}") == "1:4: \"/b\" closes nothing here; no section is open");
    CHECK(lint_error("a {{ }}") == "1:3: there is no name in this tag");
    CHECK(lint_error("{{=x=}}") == "1:1: new delimiters are written {{=<% %>=}}");
    CHECK(lint_error("{{name}}") == "none");
}

TEST_CASE("lint of mustache names what a row must have", "[plugins][mustache]") {
    const json names =
        lint("mustache", {"card.html",
                          "{{name}}\n{{#people}}{{age}}{{/people}}{{row.x}}{{user.a}}"
                          "{{^no}}{{else}}{{/no}}{{name}}"})["names"];
    std::string found;
    for (const json& name : names) {
        found += name["name"].get<std::string>() + "@" + std::to_string(name["line"].get<int>()) +
                 ":" + std::to_string(name["column"].get<int>()) + " ";
    }
    CHECK(found == "name@1:3 people@2:4 user@2:41 no@2:52 else@2:58 ");
}

TEST_CASE("a broken template ends mustache with 78", "[plugins][mustache]") {
    PluginProcess mustache{"mustache", json::object(), Page{"card.html", "{{#a}}"}};
    CHECK(mustache.ready()["class"] == "config");
    CHECK(mustache.wire().wait_exit(BootClock::now() + std::chrono::seconds{30}) ==
          Exit{.code = 78, .signal = 0});
    CHECK(PluginProcess("mustache", json::object()).ready()["code"] == "no_template");
}
