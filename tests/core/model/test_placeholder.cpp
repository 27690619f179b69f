#include "core/base/error.hpp"
#include "core/model/placeholder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace batch;

namespace {

const Json row = {{"name", "Ada Lovelace"},
                  {"First name", "Ada"},
                  {"path", "photos/2024/ada.tar.gz"},
                  {"n", 7},
                  {"yes", true},
                  {"nothing", nullptr},
                  {"user", {{"email", "ada@example.org"}, {"tags", {"a", "b"}}}},
                  {"a:stem", "whole"},
                  {"Price (EUR)", "3"}};

const ItemFacts facts{.batch = "b-id",
                      .index = 17,
                      .total = 100,
                      .line = 19,
                      .key = "b-id/17",
                      .file = "/state/page.pdf",
                      .out = "/state/out"};

std::string filled(const std::string& text, const Json& from = row) {
    return Pattern(text).fill(from, facts);
}

std::string problem(const std::string& text, const Json& from = row) {
    try {
        return filled(text, from);
    } catch (const Error& error) {
        return std::string(error.code()) + ": " + error.what();
    }
}

}  // namespace

TEST_CASE("a name in braces stands for its column", "[core][model]") {
    CHECK(filled("hello {name}!") == "hello Ada Lovelace!");
    CHECK(filled("{First name}{name}") == "AdaAda Lovelace");
}

TEST_CASE("a name with dots reaches into objects", "[core][model]") {
    CHECK(filled("{user.email}") == "ada@example.org");
    CHECK(filled("{a.b}", {{"a.b", 1}, {"a", {{"b", 2}}}}) == "1");
}

TEST_CASE("empty braces are the item itself", "[core][model]") {
    CHECK(filled("{}", Json("a line")) == "a line");
    CHECK(filled("{}", {{"id", "1"}}) == R"({"id":"1"})");
    CHECK(filled("{}", {{"", "not this"}}) == R"({"":"not this"})");
    CHECK(filled("{value}", Json("a line")) == "a line");
    CHECK(filled("{value}", Json(3)) == "3");
}

TEST_CASE("names with an @ are ours", "[core][model]") {
    CHECK(filled("{@index} {@line} {@batch} {@key}") == "17 19 b-id b-id/17");
    CHECK(filled("{@file} {@out}") == "/state/page.pdf /state/out");
    CHECK(filled("{@index}", {{"@index", "a column"}}) == "17");
    CHECK(Pattern("{@line}").fill(row, {}).empty());
}

TEST_CASE("what stands behind the colon changes the value", "[core][model]") {
    CHECK(filled("{path:stem}") == "ada.tar");
    CHECK(filled("{path:base}") == "ada.tar.gz");
    CHECK(filled("{path:dir}") == "photos/2024");
    CHECK(filled("{name:dir}") == ".");
    CHECK(filled("{name:slug}") == "ada-lovelace");
    CHECK(filled("{@index:04}") == "0017");
    CHECK(filled("{:stem}", Json("a/b.wav")) == "b");
    CHECK(filled("{:dir}", Json("/b.wav")) == "/");
}

TEST_CASE("a column whose whole name fits wins over what stands behind a colon", "[core][model]") {
    CHECK(filled("{a:stem}") == "whole");
}

TEST_CASE("a slug keeps letters of every script", "[core][model]") {
    CHECK(filled("{n:slug}", {{"n", "  Jürgen & Söhne! "}}) == "jürgen-söhne");
}

TEST_CASE("numbers and the like are written as JSON, null as nothing", "[core][model]") {
    CHECK(filled("{n}{yes}{nothing}") == "7true");
    CHECK(filled("{user.tags}") == R"(["a","b"])");
}

TEST_CASE("braces around what is no name are left alone", "[core][model]") {
    for (const std::string text : {"{ print $1 }", R"({"a":1})", "{{.State}}", "{a,b}",
                                   "{print $1}", "${", "a{", "}", "{a\nb}"}) {
        CHECK(filled(text) == text);
    }
    CHECK(Pattern("{ print $1 }").is_plain());
    CHECK(filled("{ {name} }") == "{ Ada Lovelace }");
}

TEST_CASE("odd names are placeholders only where the row has them", "[core][model]") {
    CHECK(filled("{Price (EUR)}") == "3");
    CHECK(filled("{Price (USD)}") == "{Price (USD)}");
}

TEST_CASE("a backslash makes a brace literal", "[core][model]") {
    CHECK(filled(R"(\{name})") == "{name}");
    CHECK(filled(R"(\{name} {name})") == "{name} Ada Lovelace");
    CHECK_FALSE(Pattern(R"(\{name})").is_plain());
}

TEST_CASE("double braces are noticed, not filled in", "[core][model]") {
    const Pattern pattern("{{name}}.pdf");
    CHECK(pattern.doubled() == "{{name}}");
    CHECK(pattern.placeholders().empty());
    CHECK(Pattern("{{ name }}").doubled() == "{{ name }}");
    CHECK(Pattern("{{.State}}").doubled().empty());
}

TEST_CASE("a row without the column is an error that names it", "[core][model]") {
    CHECK(problem("{nmae}") == R"(no_column: the row has no "nmae")");
    CHECK(problem("{user.phone}") == R"(no_column: the row has no "user.phone")");
    CHECK(problem("{name}", Json("a line")) == R"(no_column: the row has no "name")");
}

TEST_CASE("values are cleaned, what stands between is not", "[core][model]") {
    const auto clean = [](std::string_view value) { return "<" + std::string(value) + ">"; };
    CHECK(Pattern("a/{n}").fill(row, facts, clean) == "a/<7>");
}

TEST_CASE("every text inside options is filled in, and keeps its place", "[core][model]") {
    const Json options = {{"command", {"curl", "{name}", "-o{n}"}},
                          {"env", {{"WHO", "{First name}"}}},
                          {"codes", {1, 2}}};
    CHECK(needs_filling(options));
    CHECK(dump(fill_options(options, row, facts)) ==
          R"({"command":["curl","Ada Lovelace","-o7"],"env":{"WHO":"Ada"},"codes":[1,2]})");
}

TEST_CASE("options without placeholders need no filling in", "[core][model]") {
    CHECK_FALSE(needs_filling({{"command", {"awk", "{ print $1 }"}}, {"n", 1}}));
    CHECK(needs_filling({{"command", {"echo", R"(\{name})"}}}));
}

TEST_CASE("a text can be kept from being filled in", "[core][model]") {
    for (const std::string text : {"/srv/{name}", "{}", R"(a\{b)", "{{name}}"}) {
        CHECK(filled(without_placeholders(text)) == text);
    }
}
