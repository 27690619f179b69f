#include "core/os/escaped.hpp"
#include "core/os/file.hpp"
#include "core/plugin/jail.hpp"
#include "tests/daemon/plugins/plugin_process.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

using namespace batch;
using namespace batch::testing;
using nlohmann::json;

namespace {

const json ada{{"name", "Ada"}, {"points", "93"}};

/// What becomes of a template with a row: its text, or "code: message".
std::string rendered(const std::string& source, const json& row = ada,
                     const std::string& name = "card.html", const json& options = json::object()) {
    PluginProcess jinja{"jinja", options, Page{name, source}};
    json answer = jinja.ready();
    if (answer["type"] == "ready") {
        answer = jinja.run(row);
    }
    if (answer["type"] == "result") {
        return answer["text"];
    }
    return answer.value("code", "none") + ": " + answer.value("message", "no answer");
}

/// A template that is the one of `sources` whose number the row names.
std::string chosen_by_n(const std::vector<std::string>& sources) {
    std::string source;
    for (std::size_t n = 0; n < sources.size(); ++n) {
        source += "{% if n == " + std::to_string(n) + " %}" + sources[n] + "{% endif %}";
    }
    return source;
}

/// "LINE:COLUMN: MESSAGE" of the first syntax error.
std::string lint_error(const std::string& source) {
    const json errors = lint("jinja", {"card.html", source})["errors"];
    return errors.empty() ? "none"
                          : std::to_string(errors[0]["line"].get<int>()) + ":" +
                                std::to_string(errors[0]["column"].get<int>()) + ": " +
                                errors[0]["message"].get<std::string>();
}

}  // namespace

TEST_CASE("a template sees its row, the row as a whole and the batch", "[plugins][jinja]") {
    CHECK(rendered("{{ name }} {{ row.name }} {{ batch.id }} {{ batch.index }}") == "Ada Ada B 0");
    CHECK(rendered("{{ row['First name'] }}", {{"First name", "Ada"}}) == "Ada");
    CHECK(rendered("{{ value }}{{ row }}", "a text", "a.txt") == "a texta text");
    CHECK(rendered("{{ row['batch'] }}/{{ batch.id }}", {{"batch", "mine"}}) == "mine/B");
}

TEST_CASE("a template sees what the step before made", "[plugins][jinja]") {
    PluginProcess jinja{"jinja", json::object(),
                        Page{"a.txt", "{{ batch.output.value.n }} {{ batch.output.text }}"}};
    const json input{{"value", {{"n", 7}}}, {"text", "x"}};
    CHECK(jinja.run(ada, {{"input", input}})["text"] == "7 x");
}

TEST_CASE("markup is escaped, other text is not", "[plugins][jinja]") {
    const json row{{"name", "<script>\"&'"}};
    const std::string escaped = "&lt;script&gt;&#34;&amp;&#39;";
    CHECK(rendered("{{ name }}", row, "card.html") == escaped);
    CHECK(rendered("{{ name }}", row, "card.html.j2") == escaped);
    CHECK(rendered("{{ name }}", row, "card.svg") == escaped);
    CHECK(rendered("{{ name }}", row, "card.txt", {{"to", "pdf"}}) == escaped);
    CHECK(rendered("{{ name }}", row, "card.md") == "<script>\"&'");
    CHECK(rendered("{{ name }}", row, "card.html", {{"to", "txt"}}) == "<script>\"&'");
    CHECK(rendered("{{ name|safe }}", row) == "<script>\"&'");  // the template's author asks for it
}

TEST_CASE("the options of an item replace those of the step", "[plugins][jinja]") {
    PluginProcess jinja{"jinja", json::object(), Page{"card.html", "{{ name }}"}};
    CHECK(jinja.run({{"name", "<"}})["text"] == "&lt;");
    const json plain = jinja.run({{"name", "<"}}, {{"options", {{"to", "txt"}}}});
    CHECK(plain["text"] == "<");
    CHECK(plain["media_type"] == "text/plain");
}

TEST_CASE("a missing name fails its item and says which is meant", "[plugins][jinja]") {
    CHECK(rendered("\n{{ nmae }}") ==
          "undefined_variable: card.html:2: \"nmae\" is not defined; did you mean \"name\"?");
    CHECK(rendered("{{ user.nmae }}", {{"user", {{"name", "x"}}}}) ==
          "undefined_variable: card.html:1: there is no \"nmae\" in the object; did you mean "
          "\"name\"?");
    CHECK(rendered("{{ x.y }}", {{"x", nullptr}}) ==
          "undefined_variable: card.html:1: null has no \"y\"");
    CHECK(rendered("{{ nmae|default('-') }}") == "-");
}

TEST_CASE("text that is used as a number is told how to become one", "[plugins][jinja]") {
    CHECK(rendered("\n{% if points > 3 %}{% endif %}", {{"points", "n/a"}}) ==
          "template_error: card.html:2: \"points\" is text (\"n/a\"); CSV cells are text, write "
          "{{ points|int }}");
    CHECK(rendered("{{ row.points + 0.5 }}", {{"points", "1.5"}}) ==
          "template_error: card.html:1: \"row.points\" is text (\"1.5\"); CSV cells are text, "
          "write {{ row.points|float }}");
    CHECK(rendered("{{ points / 2 }}", {{"points", "3"}, {"n", 1}}) ==
          "template_error: card.html:1: \"points\" is text (\"3\"); write {{ points|int }}");
    CHECK(rendered("{{ points|int + 1 }}") == "94");
}

TEST_CASE("one row that fails leaves the next one alone", "[plugins][jinja]") {
    PluginProcess jinja{"jinja", json::object(), Page{"a.txt", "{{ 6 // n }}"}};
    CHECK(jinja.run({{"n", 0}})["code"] == "template_error");
    CHECK(jinja.run({{"n", 2}})["text"] == "3");
}

TEST_CASE("no template gets out of the sandbox", "[plugins][jinja]") {
    const std::vector<std::string> escapes{"{{ ''.__class__ }}",
                                           "{{ [].__class__.__mro__ }}",
                                           "{{ lipsum.__globals__ }}",
                                           "{{ cycler.__init__.__globals__.os }}",
                                           "{{ self.__init__.__globals__ }}",
                                           "{{ '{0.__class__}'.format('') }}",
                                           "{{ '{x.__class__}'.format_map({'x': 1}) }}",
                                           "{{ ''|attr('__class__') }}",
                                           "{{ '%s'.__mod__ }}",
                                           "{{ dict.mro() }}",
                                           "{{ joiner().__class__ }}",
                                           "{{ (1).__class__.__base__.__subclasses__() }}",
                                           "{% set x = [] %}{{ x.append(1) }}",
                                           "{{ row.update(a=1) }}",
                                           "{{ row.clear() }}"};
    PluginProcess jinja{"jinja", json::object(), Page{"card.html", chosen_by_n(escapes)}};
    for (std::size_t n = 0; n < escapes.size(); ++n) {
        INFO(escapes[n]);
        const std::string message = jinja.run({{"n", n}}).value("message", "none");
        CHECK_THAT(message, Catch::StartsWith("card.html:1: access to attribute '"));
        CHECK_THAT(message, Catch::EndsWith("is unsafe"));
    }
}

TEST_CASE("a template reads no file and loads no other template", "[plugins][jinja]") {
    const std::string source =
        GENERATE("{% include '/etc/passwd' %}", "{% extends name %}", "{% from 'x' import y %}");
    INFO(source);
    CHECK(rendered(source) ==
          "template_error: card.html:1: a template is one file: it cannot load another");
    CHECK_THAT(lint_error(source), Catch::EndsWith("it cannot load another"));
}

TEST_CASE("a template that wants too much fails its item, and the next one works",
          "[plugins][jinja]") {
    const std::vector<std::pair<std::string, std::string>> bombs{
        {"'x' * 3000000000", "it needs more than 2 GiB of memory"},
        {"[1] * 1000000000", "it needs more than 2 GiB of memory"},
        {"('a' * 1000000)|replace('a', 'b' * 10000)", "it needs more than 2 GiB of memory"},
        {"range(10000000)|list", "a range is limited to 100000 numbers"},
        {"again()", "it calls itself without end"},
        {"'x' * 1100000", "the rendered text is over 1 MiB, with what is embedded in it"},
        {"'\\ud800'", "the text has a lone surrogate, which UTF-8 cannot hold"}};
    std::vector<std::string> tags;
    for (const auto& bomb : bombs) {
        tags.push_back("{{ " + bomb.first + " }}");
    }
    const std::string macro = "{% macro again() %}{{ again() }}{% endmacro %}";
    PluginProcess jinja{"jinja", json::object(), Page{"card.html", macro + chosen_by_n(tags)}};
    for (std::size_t n = 0; n < bombs.size(); ++n) {
        INFO(bombs[n].first);
        const json answer = jinja.run({{"n", n}});
        CHECK(answer["class"] == "permanent");
        CHECK(answer["message"] == "card.html:1: " + bombs[n].second);
        CHECK(jinja.run({{"n", -1}})["text"] == "");
    }
}

TEST_CASE("a template that does not end is ended from outside", "[plugins][jinja]") {
    const std::string endless =
        GENERATE("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                 "{{ 9 ** 99999999 }}");
    INFO(endless);
    PluginProcess jinja{"jinja", json::object(), Page{"card.html", endless}};
    CHECK(jinja.ready()["type"] == "ready");  // nothing of it is computed beforehand
    jinja.send({{"type", "item"}, {"id", 1}, {"row", ada}});
    CHECK_FALSE(jinja.wire().next_line(BootClock::now() + std::chrono::milliseconds{300}));
    jinja.wire().child().signal_group(SIGTERM);
    CHECK(jinja.wire().wait_exit(BootClock::now() + std::chrono::seconds{30}));
}

TEST_CASE("a worker of jinja sees no file of the user's", "[plugins][jinja]") {
    if (jail_problem()) {
        WARN("not run, bubblewrap does not work here: " << *jail_problem());
        return;
    }
    const TempFolder folder;
    atomic_write(folder / "secret", "x");
    PluginProcess jinja{"jinja", json::object(), Page{"card.html", ""}};
    const auto seen = [&](const std::string& path) {
        const pid_t inside = descendants().back();  // bwrap, bwrap as process 1, python
        return std::filesystem::exists("/proc/" + std::to_string(inside) + "/root" + path);
    };
    CHECK(seen("/usr/bin/python3"));
    CHECK_FALSE(seen("/etc/passwd"));
    CHECK_FALSE(seen((folder / "secret").native()));
}

TEST_CASE("a syntax error has its line, its column and its cure", "[plugins][jinja]") {
    CHECK(lint_error("{% if name %}\n{% endfor %}") ==
          "2:4: \"endfor\" closes nothing here; the open block is \"if\" of line 1");
    CHECK(lint_error("\n  {% if name %}") == "2:6: \"if\" is never closed; {% endif %} is missing");
    CHECK(lint_error("{% endif %}") == "1:4: \"endif\" closes nothing here; no block is open");
    CHECK(lint_error("{% fro x in y %}") == "1:4: there is no tag \"fro\"; did you mean \"from\"?");
    CHECK(lint_error("{{ name|uper }}") ==
          "1:9: no filter named \"uper\"; did you mean \"upper\"?");
    CHECK(lint_error("{% if a = 1 %}{% endif %}") ==
          "1:9: expected token \"end of statement block\", got \"=\"; to compare, write ==");
    CHECK(lint_error("<p>{{ name }}</p>") == "none");
}

TEST_CASE("lint names what a row must have, where it stands first", "[plugins][jinja]") {
    const json names =
        lint("jinja", {"card.html",
                       "{% set own = 1 %}{% for p in people %}{{ p.name }}"
                       "{% endfor %}\n{{ name }} {{ own }} {{ row.x }} {{ name }} "
                       "{{ maybe|default('') }} {{ batch.id }} {{ range(3) }}"})["names"];
    const json expected = json::array({{{"name", "people"}, {"line", 1}, {"column", 30}},
                                       {{"name", "name"}, {"line", 2}, {"column", 4}}});
    CHECK(names == expected);
}

TEST_CASE("a broken template ends the plugin with 78", "[plugins][jinja]") {
    PluginProcess jinja{"jinja", json::object(), Page{"card.html", "\n{% endif %}"}};
    CHECK(jinja.ready()["class"] == "config");
    CHECK(jinja.ready()["message"] ==
          "card.html:2: \"endif\" closes nothing here; no block is open");
    CHECK(jinja.wire().wait_exit(BootClock::now() + std::chrono::seconds{30}) ==
          Exit{.code = 78, .signal = 0});
    CHECK(PluginProcess("jinja", json::object()).ready()["code"] == "no_template");
}

TEST_CASE("what a template writes to standard output is no frame", "[plugins][jinja]") {
    PluginProcess jinja{"jinja", json::object(), Page{"a.txt", "{\"type\":\"pong\"}\n"}};
    CHECK(jinja.run(ada)["text"] == "{\"type\":\"pong\"}");
}
