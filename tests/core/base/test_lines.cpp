#include "core/base/lines.hpp"
#include "tests/support/rows.hpp"

#include <catch2/catch.hpp>

using batch::RowsFormat;
using batch::testing::Outcome;
using batch::testing::outcome_of;
using Texts = std::vector<std::string>;

TEST_CASE("each line that is not empty is a text", "[base][lines]") {
    const Outcome outcome =
        outcome_of(RowsFormat::lines, "\xEF\xBB\xBFone\r\n\n\r\n two \"x\"\nthree");
    CHECK(outcome.rows == Texts{R"(1 "one")", R"(4 " two \"x\"")", R"(5 "three")"});
    CHECK(outcome.columns.empty());
    CHECK(outcome_of(RowsFormat::lines, "") == Outcome{});
}

TEST_CASE("lines are UTF-8, have no NUL and at most a megabyte", "[base][lines]") {
    const std::string most((1U << 20U) - 2, 'x');
    const Outcome outcome =
        outcome_of(RowsFormat::lines, "a\xFF\n" + std::string("\0\n", 2) + most + "\n" + most +
                                          "x\n" + most + most + "\nlast\n");
    CHECK(outcome.errors ==
          Texts{"f:1:2: byte 2 is not UTF-8 (0xFF)", "f:2:1: byte 1 is a NUL character",
                "f:4: this row has more than 1 MiB", "f:5: this row has more than 1 MiB"});
    REQUIRE(outcome.rows.size() == 2);
    CHECK(outcome.rows[1] == "6 \"last\"");
}

TEST_CASE("lines read in pieces of any size are the same", "[base][lines]") {
    const std::string text =
        "\xEF\xBB\xBFü\r\n\nvery very long line\nx\xFF\n\r\nlong last line here";
    const batch::RowLimits limits{.row_size = 12};
    const Outcome whole = outcome_of(RowsFormat::lines, text, 0, limits);
    CHECK(whole.rows.size() == 1);
    CHECK(whole.errors.size() == 3);
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CHECK(outcome_of(RowsFormat::lines, text, piece, limits) == whole);
    }
}
