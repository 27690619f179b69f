#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace batch;
using namespace batch::testing;

namespace {

struct School : House {
    School() {
        write_students({"Ada,7a,93", "Grace,7b,80"});
        write("card.html", "<p>{{ name }}</p>\n");
    }
};

}  // namespace

TEST_CASE("a template gets a version for each text", "[cli][template]") {
    const School house;
    CHECK(house.ctl({"template", "add", "card", "card.html"}).err == "stored card@1\n");
    CHECK(house.ctl({"template", "add", "card", "card.html"}).err == "stored card@1\n");
    house.write("card.html", "<b>{{ name }}</b>\n");
    CHECK(house.ctl({"template", "add", "card", "card.html"}).err == "stored card@2\n");
    CHECK(house.ctl({"template", "show", "card"}).out == "<b>{{ name }}</b>\n");
    CHECK(house.ctl({"template", "show", "card@1"}).out == "<p>{{ name }}</p>\n");
    const std::string list = house.ctl({"template", "list", "--fields", "name,version"}).out;
    CHECK(list == "name\tversion\ncard\t1\ncard\t2\n");
}

TEST_CASE("a stored template still escapes by the type of its file", "[cli][template]") {
    const School house;
    house.write_students({"Ada & Co,7a,1"});
    house.write("plain.txt", "{{ name }}");
    CHECK(house.ctl({"template", "add", "card", "card.html"}).code == 0);
    CHECK(house.ctl({"template", "add", "plain", "plain.txt"}).code == 0);
    CHECK(house.ctl({"template", "preview", "card", "students.csv"}).out == "<p>Ada &amp; Co</p>");
    CHECK(house.ctl({"template", "preview", "plain", "students.csv"}).out == "Ada & Co");
}

TEST_CASE("a template that does not compile is not stored", "[cli][template]") {
    const School house;
    house.write("bad.html", "\n{% if name %}\n{% endfor %}");
    const Said said = house.ctl({"template", "add", "bad", "bad.html"});
    CHECK(said.code == 2);
    CHECK(said.err.starts_with("bad.html:3:4: error: "));
    CHECK(said.err.ends_with("batchctl: error: 1 problem, nothing was stored\n"));
    CHECK(house.ctl({"template", "show", "bad"}).code == 3);
}

TEST_CASE("names of templates are never taken for files", "[cli][template]") {
    const Said said = School().ctl({"template", "add", "card.html", "card.html"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("\"card.html\" is no name for a template",
                     "small letters, digits and dashes: batchctl template add certificate FILE"));
}

TEST_CASE("removing a template asks, and needs --yes without a terminal", "[cli][template]") {
    const School house;
    house.ctl({"template", "add", "card", "card.html"});
    const Said said = house.ctl({"template", "rm", "card"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("this removes template card, and there is no terminal to ask",
                                 "if it is meant: batchctl template rm card --yes"));
    CHECK(house.ctl({"template", "rm", "card@2", "--yes"}).code == 3);
    CHECK(house.ctl({"template", "rm", "card", "--yes"}).err == "removed 1 version of card\n");
    CHECK(house.ctl({"template", "list", "--json"}).out.empty());
}

TEST_CASE("versions are numbers", "[cli][template]") {
    CHECK(School().ctl({"template", "show", "card@x"}).err ==
          error_text("\"x\" is no version of a template: they are 1, 2, ...",
                     "those there are: batchctl template list"));
}

TEST_CASE("lint tells what does not fit the rows", "[cli][template]") {
    const School house;
    CHECK(house.ctl({"template", "lint", "card.html", "students.csv"}).err == "ok  card.html\n");
    house.write("card.html", "{{ nmae }}");
    CHECK(house.ctl({"template", "lint", "card.html"}).code == 0);
    const Said said = house.ctl({"template", "lint", "card.html", "students.csv"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          "card.html:1:4: error: \"nmae\" is not a column of students.csv; did you "
          "mean \"name\"?\n" +
              error_text("1 problem"));
}

TEST_CASE("a preview renders one row", "[cli][template]") {
    const School house;
    CHECK(house.ctl({"template", "preview", "card.html", "students.csv", "--item", "1"}).out ==
          "<p>Grace</p>");
    const Said said =
        house.ctl({"template", "preview", "card.html", "students.csv", "--output", "one.html"});
    CHECK(said.err == "one.html: item 0 (students.csv:2), 10 bytes\n");
    CHECK(house.read("one.html") == "<p>Ada</p>");
}

TEST_CASE("a preview of a row that is not there says which there are", "[cli][template]") {
    const School house;
    const Said said =
        house.ctl({"template", "preview", "card.html", "students.csv", "--item", "28"});
    CHECK(said.code == 3);
    CHECK(said.err == error_text("students.csv has no item 28: its 2 items are 0 to 1"));
}

TEST_CASE("a row that the template cannot render says why", "[cli][template]") {
    const School house;
    house.write("card.html", "\n{{ points|int + name }}");
    const Said said = house.ctl({"template", "preview", "card.html", "students.csv"});
    CHECK(said.code == 2);
    CHECK(said.out.empty());
    CHECK(said.err.find("card.html:2") != std::string::npos);
}

TEST_CASE("option --to of a preview makes what a batch would", "[cli][template]") {
    const School house;
    CHECK(house.ctl({"template", "preview", "card.html", "students.csv", "--to", "docx"}).code ==
          2);
    CHECK(house.ctl({"template", "preview", "card.html", "students.csv", "--to", "txt"}).out ==
          "<p>Ada</p>");
}

TEST_CASE("a noun without a verb names its verbs", "[cli][template]") {
    const Said said = School().ctl({"template"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("template needs a verb: add, list, show, rm, lint, preview",
                                 "see: batchctl help template"));
    CHECK(
        School().ctl({"template", "lits"}).err.ends_with("did you mean: batchctl template list\n"));
    const Said help = School().ctl({"template", "--help"});
    CHECK(help.code == 0);
    CHECK(help.out == School().ctl({"help", "template"}).out);
}
