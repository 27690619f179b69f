#include "core/base/csv.hpp"
#include "tests/support/rows.hpp"

#include <catch2/catch.hpp>

using batch::RowsFormat;
using batch::testing::Outcome;
using batch::testing::outcome_of;
using Texts = std::vector<std::string>;

namespace {

Outcome csv(const std::string& text) {
    return outcome_of(RowsFormat::csv, text);
}

}  // namespace

TEST_CASE("a CSV row is an object of texts in the order of the header", "[base][csv]") {
    const Outcome outcome = csv("name,class,points\nAda Lovelace,7a,007\nBob,,-1\n");
    CHECK(outcome.columns == Texts{"name", "class", "points"});
    CHECK(outcome.rows == Texts{R"(2 {"name":"Ada Lovelace","class":"7a","points":"007"})",
                                R"(3 {"name":"Bob","class":"","points":"-1"})"});
    CHECK(outcome.errors.empty());
}

TEST_CASE("the last CSV line needs no line end", "[base][csv]") {
    CHECK(csv("a,b\n1,2").rows == Texts{R"(2 {"a":"1","b":"2"})"});
    CHECK(csv("a,b\n1,").rows == Texts{R"(2 {"a":"1","b":""})"});
    CHECK(csv("a,b\n1,\"2\"").rows == Texts{R"(2 {"a":"1","b":"2"})"});
    CHECK(csv("a,b\r\n1,2\r").rows == Texts{R"(2 {"a":"1","b":"2"})"});
}

TEST_CASE("quoted CSV fields hold delimiters, quotes and line ends", "[base][csv]") {
    const Outcome outcome =
        csv("a,\"b \"\"c\"\"\"\n\"x,y\",\"1\n2\"\n\"\",\"\"\"\"\nlast,\"\"\"q\"\"\"\n");
    CHECK(outcome.columns == Texts{"a", "b \"c\""});
    CHECK(outcome.rows == Texts{R"(2 {"a":"x,y","b \"c\"":"1\n2"})", R"(4 {"a":"","b \"c\"":"\""})",
                                R"(5 {"a":"last","b \"c\"":"\"q\""})"});
    CHECK(outcome.errors.empty());
}

TEST_CASE("CSV lines may end in CRLF, also inside quotes", "[base][csv]") {
    CHECK(csv("a,b\r\n1,\"x\r\ny\"\r\n3,4\r\n").rows ==
          Texts{R"(2 {"a":"1","b":"x\r\ny"})", R"(4 {"a":"3","b":"4"})"});
}

TEST_CASE("a byte order mark is no part of the first CSV column", "[base][csv]") {
    CHECK(csv("\xEF\xBB\xBFname,b\n1,2\n").columns == Texts{"name", "b"});
    CHECK(csv("\xEF\xBB\xBF\"name\",b\n1,2\n").columns == Texts{"name", "b"});
}

TEST_CASE("a quote inside a field that has none at its start is ordinary", "[base][csv]") {
    CHECK(csv("a,b\n5\" pipe,Ada \"C\" L\n").rows ==
          Texts{R"(2 {"a":"5\" pipe","b":"Ada \"C\" L"})"});
}

TEST_CASE("TSV is CSV with tabs", "[base][csv]") {
    const Outcome outcome = outcome_of(RowsFormat::tsv, "a\tb,c\n1,5\t\"x\ty\"\n");
    CHECK(outcome.columns == Texts{"a", "b,c"});
    CHECK(outcome.rows == Texts{R"(2 {"a":"1,5","b,c":"x\ty"})"});
}

TEST_CASE("characters that JSON escapes are escaped in CSV cells", "[base][csv]") {
    CHECK(csv("a,b\n\\,\t\x01\n").rows == Texts{R"(2 {"a":"\\","b":"\t\u0001"})"});
    CHECK(csv("a,b\nü,€😀\n").rows == Texts{R"(2 {"a":"ü","b":"€😀"})"});
}

TEST_CASE("a CSV file without rows has none", "[base][csv]") {
    CHECK(csv("") == Outcome{});
    CHECK(csv("\xEF\xBB\xBF") == Outcome{});
    CHECK(csv("a,b") == Outcome{.columns = {"a", "b"}, .rows = {}, .errors = {}});
    CHECK(csv("a,b\n") == Outcome{.columns = {"a", "b"}, .rows = {}, .errors = {}});
    CHECK(csv("a,b\r\n\r\n\n") == Outcome{.columns = {"a", "b"}, .rows = {}, .errors = {}});
}

TEST_CASE("empty CSV lines are skipped at the end and refused elsewhere", "[base][csv]") {
    CHECK(csv("a,b\n1,2\n\n\r\n\n").errors.empty());
    const Outcome outcome = csv("a,b\n1,2\n\n\n3,4\n");
    CHECK(outcome.rows == Texts{R"(2 {"a":"1","b":"2"})", R"(5 {"a":"3","b":"4"})"});
    CHECK(outcome.errors == Texts{"f:3: an empty line, the header has 2 (a, b)"});
}

TEST_CASE("with one column empty CSV lines are skipped and empty quotes are a row", "[base][csv]") {
    CHECK(csv("a\n1\n\n\"\"\n\n2\n").rows ==
          Texts{R"(2 {"a":"1"})", R"(4 {"a":""})", R"(6 {"a":"2"})"});
}

TEST_CASE("a CSV row has as many fields as the header", "[base][csv]") {
    const Outcome outcome = csv("name,class,points\nAda,7a\nBob,7a,1,2\nCem\nDora,7b,3\n");
    CHECK(outcome.errors == Texts{"f:2: 2 fields, the header has 3 (name, class, points)",
                                  "f:3: 4 fields, the header has 3 (name, class, points)",
                                  "f:4: 1 field, the header has 3 (name, class, points)"});
    CHECK(outcome.rows == Texts{R"(5 {"name":"Dora","class":"7b","points":"3"})"});
}

TEST_CASE("only the first names of a wide CSV header are shown", "[base][csv]") {
    CHECK(csv("a,b,c,d,e,f,g,h,i,j,k\n1\n").errors ==
          Texts{"f:2: 1 field, the header has 11 (a, b, c, d, e, f, g, h, i, j, ...)"});
}

TEST_CASE("CSV columns have names, each its own", "[base][csv]") {
    CHECK(csv("a,,c\n").errors == Texts{"f:1: column 2 has no name"});
    CHECK(csv("a,b,\n1,2,3\n").errors == Texts{"f:1: column 3 has no name"});
    CHECK(csv("a,b,a\n").errors == Texts{"f:1: two columns are called \"a\""});
    CHECK(csv("\na,b\n").errors ==
          Texts{"f:1: the first line is empty; it has to name the columns"});
    CHECK(csv("a,\"b\"c\n").errors == Texts{"f:1:6: text behind the closing quote"});
}

TEST_CASE("a CSV quote that is never closed is shown where it opened", "[base][csv]") {
    const Outcome outcome = csv("a,b\n1,2\nü,\"open\n3,4\n5,6\n");
    CHECK(outcome.rows == Texts{R"(2 {"a":"1","b":"2"})"});
    CHECK(outcome.errors == Texts{"f:3:3: this quote is never closed"});
    CHECK(csv("a,\"b\n1,2\n").errors == Texts{"f:1:3: this quote is never closed"});
    CHECK(csv("a,b\n\"1\n\",\"").errors == Texts{"f:3:3: this quote is never closed"});
}

TEST_CASE("text behind a closing CSV quote is refused, and reading goes on", "[base][csv]") {
    const Outcome outcome = csv("a,b\n\"Anna\" x,2\n3,\"x\ny\"z\n4,5\n");
    CHECK(outcome.rows == Texts{R"(5 {"a":"4","b":"5"})"});
    CHECK(outcome.errors ==
          Texts{"f:2:7: text behind the closing quote", "f:4:3: text behind the closing quote"});
}

TEST_CASE("CSV is UTF-8 without NUL", "[base][csv]") {
    const Outcome outcome =
        csv("a,b\n\xC3\xA4,Andr\xE9\n" + std::string("x\0,y\n", 5) + "\"\n\xFF\",1\n1,2\n");
    CHECK(outcome.errors == Texts{"f:2:7: byte 8 is not UTF-8 (0xE9)",
                                  "f:3:2: byte 2 is a NUL character",
                                  "f:5:1: byte 1 is not UTF-8 (0xFF)"});
    CHECK(outcome.rows == Texts{R"(6 {"a":"1","b":"2"})"});
    CHECK(csv("a,\xFF\n").errors == Texts{"f:1:3: byte 3 is not UTF-8 (0xFF)"});
}

TEST_CASE("a lone carriage return in CSV is refused outside quotes", "[base][csv]") {
    const Outcome outcome = csv("a,b\n1,2\r3,4\n\"x\ry\",2\n");
    CHECK(outcome.errors == Texts{"f:2:4: a carriage return without a line feed"});
    CHECK(outcome.rows == Texts{R"(3 {"a":"x\ry","b":"2"})"});
    CHECK(csv("a,b\r1,2\r").errors == Texts{"f:1:4: a carriage return without a line feed"});
}

TEST_CASE("a CSV cell may have a megabyte, and not more", "[base][csv]") {
    const std::string key = R"({"a":"","b":"1"})";
    const std::string most((1U << 20U) - key.size(), 'x');
    const Outcome outcome = csv("a,b\n" + most + ",1\n" + most + "x,1\n\"" + most + most +
                                "\n\",1\n" + most + most + ",2\n3,4\n");
    REQUIRE(outcome.rows.size() == 2);
    CHECK(outcome.rows[0] == R"(2 {"a":")" + most + R"(","b":"1"})");
    CHECK(outcome.rows[1] == R"(7 {"a":"3","b":"4"})");
    CHECK(outcome.errors == Texts{"f:3: this row has more than 1 MiB",
                                  "f:4: this row has more than 1 MiB",
                                  "f:6: this row has more than 1 MiB"});
}

TEST_CASE("a CSV quote that is never closed is known after any number of bytes", "[base][csv]") {
    const std::string filler = [] {
        std::string text;
        for (int i = 0; i < 400'000; ++i) {
            text += "1,2\n";
        }
        return text;
    }();
    CHECK(csv("a,b\n1,\"2\n" + filler).errors == Texts{"f:2:3: this quote is never closed"});
    CHECK(csv("a,b\n1,\"2\n" + filler + "\"\n5,6\n").errors ==
          Texts{"f:2: this row has more than 1 MiB"});
}

TEST_CASE("CSV read in pieces of any size gives the same rows", "[base][csv]") {
    const std::string text =
        "\xEF\xBB\xBFname,\"b \"\"c\"\"\"\r\nü,\"x,\"\"\r\ny\"\"\"\r\n\"\",\"\"\n1\nAnn\xE9,2\n\n"
        "\"Anna\" x,2\n5\" p,€\n\"1\n2\",\"open\n\"\"\n";
    const Outcome whole = csv(text);
    CHECK(whole.rows.size() == 3);
    CHECK(whole.errors.size() == 5);
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CHECK(outcome_of(RowsFormat::csv, text, piece) == whole);
    }
}

TEST_CASE("large CSV rows read in pieces are told apart all the same", "[base][csv]") {
    const std::string text =
        "a,b\n\"12345678901234567890\n1\"\"2\",x\n1,2\nx,1234567890123456789012\"3\n"
        "1,\"234567890123456789012345\n\n\",\"2\n,\n5,6\n";
    const batch::RowLimits limits{.row_size = 24};
    const Outcome whole = outcome_of(RowsFormat::csv, text, 0, limits);
    CHECK(whole.errors == Texts{"f:2: this row has more than 24 bytes",
                                "f:5: this row has more than 24 bytes",
                                "f:8:3: this quote is never closed"});
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CHECK(outcome_of(RowsFormat::csv, text, piece, limits) == whole);
    }
}
