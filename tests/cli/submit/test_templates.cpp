#include "core/base/json.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

struct School : House {
    School() { write_students({"Ada,7a,93", "Grace,7b,80"}); }
};

}  // namespace

TEST_CASE("E1: a name that is no column is told where it stands", "[cli][submit]") {
    const School house;
    house.write("card.html", "<h1>\n  {{ nmae }}</h1>\n");
    const Said said = house.ctl({"submit", "students.csv", "-t", "card.html"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          "card.html:2:6: error: \"nmae\" is not a column of students.csv; did you "
          "mean \"name\"?\n" +
              error_text("1 problem, nothing was stored"));
    CHECK(house.batches().empty());
}

TEST_CASE("E1: the file is named as it was typed", "[cli][submit]") {
    const School house;
    house.write("pages/card.html", "{{ zzz }}");
    CHECK(house.ctl({"submit", "students.csv", "-t", "./pages/card.html"})
              .err.starts_with("./pages/card.html:1:4: error: \"zzz\" is not a column of "
                               "students.csv\n"));
}

TEST_CASE("all that is wrong is told in one go", "[cli][submit]") {
    const School house;
    house.write_students({"Anna,7a,1", "only,two", "Anna,7b,3"});
    house.write("card.html", "{{ nmae }}");
    const Said said = house.ctl({"run", "students.csv", "-t", "card.html", "--to", "pdf", "-d",
                                 "./certificates", "-o", "{name}"});
    CHECK(said.code == 2);
    CHECK(said.out.empty());
    CHECK(said.err ==
          "card.html:1:4: error: \"nmae\" is not a column of students.csv; did you mean \"name\"?\n"
          "students.csv:3: error: 2 fields, the header has 3 (name, class, points)\n"
          "students.csv:2: error: \"Anna.pdf\" would also be the output of line 4\n" +
              error_text("3 problems, nothing was stored",
                         "tell them apart with another column: -o '{name} {class}', or number "
                         "them: --on-collision suffix"));
}

TEST_CASE("a template that does not compile is told where", "[cli][submit]") {
    const School house;
    house.write("card.html", "{% if name %}\n{% endfor %}");
    const Said said = house.ctl({"submit", "students.csv", "-t", "card.html"});
    CHECK(said.code == 2);
    CHECK(said.err.starts_with("card.html:2:4: error: "));
    house.write("card.mustache", "{{#name}}");
    CHECK(house.ctl({"submit", "students.csv", "-t", "card.mustache"}).code == 2);
}

TEST_CASE("the engine is chosen by the extension", "[cli][submit]") {
    const School house;
    for (const std::string name : {"a.html", "a.txt", "a.md", "a.html.j2"}) {
        house.write(name, "{{ name }}");
        CHECK(house.ctl({"submit", "students.csv", "-t", name}).code == 0);
        CHECK(house.batch().plan.steps.at(0).plugin == "jinja");
    }
    house.write("a.mustache", "{{name}}");
    CHECK(house.ctl({"submit", "students.csv", "-t", "a.mustache"}).code == 0);
    CHECK(house.batch().plan.steps.at(0).plugin == "mustache");
    house.write("a.tex", "{{ name }}");
    const Said said = house.ctl({"submit", "students.csv", "-t", "a.tex"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("the name \"a.tex\" does not say which engine renders it",
                                 "say it: --engine jinja (or mustache)"));
    CHECK(house.ctl({"submit", "students.csv", "-t", "a.tex", "--engine", "jinja"}).code == 0);
}

TEST_CASE("a batch keeps the template's text", "[cli][submit]") {
    const School house;
    house.write("card.html", "{{ name }}");
    CHECK(house.ctl({"submit", "students.csv", "-t", "card.html"}).code == 0);
    const auto kept = house.batch().plan.steps.at(0).template_ref;
    CHECK(kept->name == "card.html");
    CHECK(house.store()->reading().template_text(kept->sha256)->source == "{{ name }}");
}

TEST_CASE("a stored template goes by its name and version", "[cli][submit]") {
    const School house;
    house.write("card.html", "{{ name }}");
    CHECK(house.ctl({"template", "add", "card", "card.html"}).code == 0);
    house.write("card.html", "{{ class }}");
    CHECK(house.ctl({"template", "add", "card", "card.html"}).code == 0);
    CHECK(house.ctl({"submit", "students.csv", "-t", "card@1"}).code == 0);
    const Plan plan = house.batch().plan;
    CHECK(plan.steps.at(0).template_ref->version == 1);
    CHECK(plan.extension == "html");
    const Said said = house.ctl({"submit", "students.csv", "-t", "crad"});
    CHECK(said.code == 3);
    CHECK(said.err == error_text("there is no stored template \"crad\"", "did you mean: card"));
}

TEST_CASE("a template's file that is not there is not found", "[cli][submit]") {
    const Said said = School().ctl({"submit", "students.csv", "-t", "card.html"});
    CHECK(said.code == 3);
}

TEST_CASE("columns with our names are reached another way, and submit says so", "[cli][submit]") {
    const House house;
    house.write("a.csv", "row,name\n1,2\n");
    house.write("a.txt", R"({{ row["row"] }} {{ name }})");
    const Said said = house.ctl({"submit", "a.csv", "-t", "a.txt"});
    CHECK(said.code == 0);
    CHECK(said.err.starts_with("note: in a.txt the column \"row\" is reached as row[\"row\"]\n"));
}

TEST_CASE("option --to says what is made, and needs a template", "[cli][submit]") {
    const School house;
    house.write("card.md", "{{ name }}");
    CHECK(house.ctl({"submit", "students.csv", "--to", "pdf", "--", "true"}).err ==
          error_text("--to builds from a template, and there is none; nothing was stored",
                     "name it: --template FILE"));
    CHECK(house.ctl({"submit", "students.csv", "-t", "card.md", "--to", "docx"}).err ==
          error_text("--to cannot make \"docx\"; nothing was stored", "one of: pdf, html, txt"));
    CHECK(house.ctl({"submit", "students.csv", "-t", "card.md", "--to", "html"}).code == 0);
    const Plan plan = house.batch().plan;
    CHECK(plan.steps.size() == 1);
    CHECK(plan.extension == "html");
    CHECK(parse_json(plan.steps.at(0).options, "options")["to"] == "html");
}
