#include "core/base/json_array.hpp"
#include "tests/support/rows.hpp"

#include <catch2/catch.hpp>

using batch::RowsFormat;
using batch::testing::Outcome;
using batch::testing::outcome_of;
using Texts = std::vector<std::string>;

namespace {

Outcome json(const std::string& text) {
    return outcome_of(RowsFormat::json, text);
}

}  // namespace

TEST_CASE("each value of a JSON array is a row, kept as it is written", "[base][json]") {
    const Outcome outcome =
        json("\xEF\xBB\xBF [ {\"a\": [1, \"]\"],\n \"b\":{}},\n\n\"x\\\"]\",null ,1e3\n,[]\n] \n");
    CHECK(outcome.rows ==
          Texts{"1 {\"a\": [1, \"]\"],\n \"b\":{}}", R"(4 "x\"]")", "4 null", "4 1e3", "5 []"});
    CHECK(outcome.errors.empty());
    CHECK(json("[]") == Outcome{});
    CHECK(json(" [\n] ") == Outcome{});
}

TEST_CASE("broken values of a JSON array are shown, and reading goes on", "[base][json]") {
    const Outcome outcome = json("[1,\n  {\"ü\":nul}, {\"a\" 1},\n,2,]");
    CHECK(outcome.rows == Texts{"1 1", "3 2"});
    CHECK(outcome.errors == Texts{"f:2:11: not valid JSON: invalid literal",
                                  "f:2:19: not valid JSON: unexpected number literal; expected ':'",
                                  "f:3:1: a value is missing", "f:3:4: a value is missing"});
}

TEST_CASE("a file that is no JSON array is refused", "[base][json]") {
    CHECK(json("").errors == Texts{"f:1:1: an empty file is no JSON array"});
    CHECK(json("\n {\"a\":1}").errors == Texts{"f:2:2: not a JSON array, which begins with ["});
    CHECK(json("[1] x").errors == Texts{"f:1:5: text behind the array"});
    CHECK(json("[1][2]").errors == Texts{"f:1:4: text behind the array"});
    CHECK(json("[1 2]").errors == Texts{"f:1:4: a comma or ] is missing"});
    CHECK(json("[1,").errors == Texts{"f:1:4: the array is never closed"});
    CHECK(json("[1").errors == Texts{"f:1:2: the array is never closed"});
    CHECK(json("[\"a").errors == Texts{"f:1:2: the array is never closed"});
    CHECK(json("[").errors == Texts{"f:1:2: the array is never closed"});
    CHECK(json("[1}").errors == Texts{"f:1:3: a comma or ] is missing"});
}

TEST_CASE("a value of a JSON array has at most a megabyte and 64 levels", "[base][json]") {
    const std::string most = "\"" + std::string((1U << 20U) - 2, 'x') + "\"";
    const std::string deep = std::string(64, '[') + "1" + std::string(64, ']');
    const Outcome outcome = json("[" + most + ",\n[" + most + "],\n[" + most + most + most +
                                 "]\n," + deep + ",\n[" + deep + "],7]");
    REQUIRE(outcome.rows.size() == 3);
    CHECK(outcome.rows[1] == "4 " + deep);
    CHECK(outcome.rows[2] == "5 7");
    CHECK(outcome.errors == Texts{"f:2:1: this row has more than 1 MiB",
                                  "f:3:1: this row has more than 1 MiB",
                                  "f:5:65: not valid JSON: nested more than 64 levels deep"});
}

TEST_CASE("a JSON array read in pieces of any size gives the same rows", "[base][json]") {
    const std::string text =
        "\xEF\xBB\xBF[{\"ü\": \"\\\"]x\\\\\"},\n 12 ,[1,{}], {\"a\"},\n \"too large for this\" "
        ",,true\n]";
    const batch::RowLimits limits{.row_size = 16};
    const Outcome whole = outcome_of(RowsFormat::json, text, 0, limits);
    CHECK(whole.rows.size() == 4);
    CHECK(whole.errors.size() == 3);
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CHECK(outcome_of(RowsFormat::json, text, piece, limits) == whole);
    }
}
