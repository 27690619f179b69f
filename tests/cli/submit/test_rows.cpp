#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

std::vector<std::string> payloads(const House& house) {
    const auto store = house.store();
    std::vector<std::string> all;
    ItemFilter filter;
    filter.with_payload = true;
    store->reading().items(house.batch().no, filter, [&all](const Item& item) {
        all.push_back(item.payload);
        return true;
    });
    return all;
}

}  // namespace

TEST_CASE("E2: a row with too few fields is told with its line", "[cli][submit]") {
    const House house;
    house.write_students({"Ada,7a,93", "only,two"});
    const Said said = house.ctl({"submit", "students.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == "students.csv:3: error: 2 fields, the header has 3 (name, class, points)\n" +
                          error_text("1 problem, nothing was stored"));
    CHECK(house.batches().empty());
}

TEST_CASE("ten problems are shown, then how many more there are", "[cli][submit]") {
    const House house;
    house.write_students(std::vector<std::string>(25, "only,two"));
    const Said said = house.ctl({"submit", "students.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err.find("students.csv:11: error: ") != std::string::npos);
    CHECK(said.err.find("students.csv:12: error: ") == std::string::npos);
    CHECK(said.err.ends_with("and 15 more\nbatchctl: error: 25 problems, nothing was stored\n"));
}

TEST_CASE("an unclosed quote is told where it begins", "[cli][submit]") {
    const House house;
    house.write("a.csv", "id,path\n1,\"open\n");
    const Said said = house.ctl({"submit", "a.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == "a.csv:2:3: error: this quote is never closed\n" +
                          error_text("1 problem, nothing was stored"));
}

TEST_CASE("a header that is wrong is a problem of the file", "[cli][submit]") {
    const House house;
    house.write("a.csv", "id,id\n1,2\n");
    const Said said = house.ctl({"submit", "a.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err.starts_with("a.csv:1: error: two columns are called \"id\""));
    CHECK(said.err.ends_with(error_text("1 problem, nothing was stored")));
}

TEST_CASE("without rows the way is shown", "[cli][submit]") {
    const Said said = House().ctl({"submit", "--", "curl", "{}"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("no rows: name a file, - for standard input, or --args and the items "
                     "themselves",
                     "one item by hand: batchctl submit --args https://example.org -- curl {}"));
}

TEST_CASE("a file of rows that is not there is not found", "[cli][submit]") {
    const Said said = House().ctl({"submit", "nope.csv", "--", "true"});
    CHECK(said.code == 3);
    CHECK(said.err == error_text("cannot read nope.csv: no such file or directory"));
}

TEST_CASE("a folder is no file of rows, nor a template", "[cli][submit]") {
    const House house;
    house.write("dir.csv/x", "");
    const Said said = house.ctl({"submit", "dir.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("dir.csv is a folder, not a file of rows"));
    house.write_students({"Ada,7a,93"});
    CHECK(house.ctl({"submit", "students.csv", "-t", "dir.csv"}).code == 2);
}

TEST_CASE("what a file holds is said by its name or by --rows-format", "[cli][submit]") {
    const House house;
    house.write("rows", "a\nb\n");
    const Said said = house.ctl({"submit", "rows", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("the name \"rows\" does not say what the file holds",
                                 "say it: --rows-format csv (or tsv, ndjson, json, lines)"));
    CHECK(house.ctl({"submit", "rows", "--rows-format", "lines", "--", "true"}).code == 0);
    CHECK(payloads(house) == std::vector<std::string>{R"("a")", R"("b")"});
}

TEST_CASE("rows come from standard input only if asked for", "[cli][submit]") {
    const House house;
    CHECK(house.ctl({"submit", "-", "--rows-format", "csv", "--", "echo", "{a}"}, "a,b\n1,2\n")
              .code == 0);
    CHECK(payloads(house) == std::vector<std::string>{R"({"a":"1","b":"2"})"});
    CHECK(house.batch().name == "echo");
    CHECK(house.ctl({"submit", "-", "--", "true"}, "a\n").code == 2);
}

TEST_CASE("problems of standard input name it", "[cli][submit]") {
    const Said said =
        House().ctl({"submit", "-", "--rows-format", "csv", "--", "true"}, "a,b\n1\n");
    CHECK(said.err.starts_with("standard input:2: error: 1 field, the header has 2"));
}

TEST_CASE("with --args the operands are the items", "[cli][submit]") {
    const House house;
    CHECK(house.ctl({"submit", "--args", "a b", "c\"d", "--", "echo", "{}"}).code == 0);
    CHECK(payloads(house) == std::vector<std::string>{R"("a b")", R"("c\"d")"});
}

TEST_CASE("one file of rows is enough", "[cli][submit]") {
    const House house;
    house.write_students({"Ada,7a,93"});
    const Said said = house.ctl({"submit", "students.csv", "more.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("\"more.csv\" is one word too many: there is one file of rows",
                                 "items on the command line: --args"));
}

TEST_CASE("no rows are an error, unless they are allowed", "[cli][submit]") {
    const House house;
    house.write_students({});
    const Said said = house.ctl({"submit", "students.csv", "--", "true"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("students.csv has no rows; nothing was stored",
                                 "if that is fine: --allow-empty"));
    CHECK(house.ctl({"submit", "students.csv", "--allow-empty", "--", "true"}).code == 0);
    CHECK(house.batch().status == BatchStatus::done);
    CHECK(house.batch().counts.total == 0);
}

TEST_CASE("cells stay texts and JSON stays what it is", "[cli][submit]") {
    const House house;
    house.write("a.ndjson", "{\"n\": 007.5e1}\n");
    CHECK(house.ctl({"submit", "a.ndjson", "--", "true"}).code == 2);
    house.write("a.csv", "n\n007\n");
    CHECK(house.ctl({"submit", "a.csv", "--", "true"}).code == 0);
    CHECK(payloads(house) == std::vector<std::string>{R"({"n":"007"})"});
}
