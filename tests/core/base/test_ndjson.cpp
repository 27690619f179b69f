#include "core/base/ndjson.hpp"
#include "tests/support/rows.hpp"

#include <catch2/catch.hpp>

using batch::RowsFormat;
using batch::testing::Outcome;
using batch::testing::outcome_of;
using Texts = std::vector<std::string>;

namespace {

Outcome ndjson(const std::string& text) {
    return outcome_of(RowsFormat::ndjson, text);
}

}  // namespace

TEST_CASE("each NDJSON line is kept as it is written", "[base][ndjson]") {
    const Outcome outcome = ndjson(
        "\xEF\xBB\xBF{\"b\": 1.50, \"a\":[1, 2]} \r\n\n \t\n  \"x\"\nnull\n"
        "123456789012345678901234567890");
    CHECK(outcome.rows == Texts{R"(1 {"b": 1.50, "a":[1, 2]})", R"(4 "x")", "5 null",
                                "6 123456789012345678901234567890"});
    CHECK(outcome.errors.empty());
    CHECK(ndjson("") == Outcome{});
}

TEST_CASE("a broken NDJSON line is shown with its place, and reading goes on", "[base][ndjson]") {
    const Outcome outcome = ndjson("{\"ü\":nul}\n  {\"a\":1,}\n{\"a\":\"\xE9\"}\n1 2\n7\n");
    CHECK(outcome.rows == Texts{"5 7"});
    CHECK(outcome.errors ==
          Texts{"f:1:9: not valid JSON: invalid literal",
                "f:2:10: not valid JSON: unexpected '}'; expected string literal",
                "f:3:7: byte 7 is not UTF-8 (0xE9)",
                "f:4:3: not valid JSON: unexpected number literal; expected end of input"});
}

TEST_CASE("an NDJSON line has at most a megabyte and 64 levels", "[base][ndjson]") {
    const std::string most = "\"" + std::string((1U << 20U) - 2, 'x') + "\"";
    const std::string deep = std::string(64, '[') + "1" + std::string(64, ']');
    const Outcome outcome = ndjson(most + "\n" + most + " \n" + deep + "\n[" + deep + "]\n");
    REQUIRE(outcome.rows.size() == 2);
    CHECK(outcome.rows[1] == "3 " + deep);
    CHECK(outcome.errors == Texts{"f:2: this row has more than 1 MiB",
                                  "f:4:65: not valid JSON: nested more than 64 levels deep"});
}

TEST_CASE("an array over several lines is told from NDJSON", "[base][ndjson]") {
    batch::TextSource source("[\n{}\n]\n");
    const auto reader = batch::open_rows(RowsFormat::ndjson, source, "f");
    batch::Row row;
    try {
        reader->next(row);
        FAIL("no error");
    } catch (const batch::Error& error) {
        CHECK(error.hint() == "if the whole file is one array: --rows-format json");
    }
}

TEST_CASE("NDJSON read in pieces of any size gives the same rows", "[base][ndjson]") {
    const std::string text = "\xEF\xBB\xBF{\"ü\": \"\\\"x\"}\r\n\n{]\n[1,\n\"\xFF\"\n 5 ";
    const Outcome whole = ndjson(text);
    CHECK(whole.rows.size() == 2);
    CHECK(whole.errors.size() == 3);
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CHECK(outcome_of(RowsFormat::ndjson, text, piece) == whole);
    }
}
