#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using Texts = std::vector<std::string>;

TEST_CASE("a misspelt word finds the one that was meant", "[base][text]") {
    const Texts columns{"name", "class", "points", "url"};
    CHECK(closest("nmae", columns) == "name");
    CHECK(closest("ulr", columns) == "url");
    CHECK(closest("Points", columns) == "points");
    CHECK(closest("point", columns) == "points");
    CHECK(closest("clsas", columns) == "class");
    const std::vector<std::string_view> verbs{"submit", "status", "retry"};
    CHECK(closest("stat", verbs) == "status");
    CHECK(closest("sumbit", verbs) == "submit");
}

TEST_CASE("a word that is nothing like the candidates finds none", "[base][text]") {
    const Texts columns{"name", "id", "url"};
    CHECK_FALSE(closest("address", columns));
    CHECK_FALSE(closest("if", columns));
    CHECK_FALSE(closest("", columns));
    CHECK_FALSE(closest("name", Texts{}));
}

TEST_CASE("splitting and joining are inverse", "[base][text]") {
    CHECK(split("a,,b", ',') == Texts{"a", "", "b"});
    CHECK(split("", ',') == Texts{""});
    CHECK(join(Texts{"a", "", "b"}, ", ") == "a, , b");
    CHECK(join(Texts{}, ", ").empty());
}

TEST_CASE("trim takes white space, lower takes ASCII capitals", "[base][text]") {
    CHECK(trim(" \t a b\r\n") == "a b");
    CHECK(trim(" \n").empty());
    CHECK(trim("").empty());
    CHECK(lower("ABzÄ1") == "abzÄ1");
}

TEST_CASE("numbers are grouped", "[base][text]") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(1'000'000) == "1,000,000");
    CHECK(grouped(-123) == "-123");
    CHECK(grouped(-1234) == "-1,234");
    CHECK(grouped(INT64_MIN) == "-9,223,372,036,854,775,808");
    CHECK(plural(1, "item") == "1 item");
    CHECK(plural(0, "item") == "0 items");
    CHECK(plural(2000, "item") == "2,000 items");
}

TEST_CASE("sizes are shown for people", "[base][text]") {
    CHECK(bytes_text(0) == "0 bytes");
    CHECK(bytes_text(1) == "1 byte");
    CHECK(bytes_text(1023) == "1,023 bytes");
    CHECK(bytes_text(1024) == "1 KiB");
    CHECK(bytes_text(1536) == "1.5 KiB");
    CHECK(bytes_text(33 * 1024 + 100) == "33 KiB");
    CHECK(bytes_text(212ULL << 20U) == "212 MiB");
    CHECK(bytes_text((1ULL << 20U) - 1) == "1 MiB");
    CHECK(bytes_text(9 * 1024 + 1000) == "10 KiB");
    CHECK(bytes_text(UINT64_MAX) == "16 EiB");
}

TEST_CASE("sizes are read with their units", "[base][text]") {
    CHECK(parse_size("65536", "--x") == 65536);
    CHECK(parse_size("64KiB", "--x") == 65536);
    CHECK(parse_size("50MiB", "--x") == 50ULL << 20U);
    CHECK(parse_size("2GiB", "--x") == 2ULL << 30U);
    CHECK(parse_size("1kB", "--x") == 1000);
    CHECK(parse_size("3GB", "--x") == 3'000'000'000);
    const auto* text =
        GENERATE("", "x", "-1", "1.5MiB", "1 MiB", "5X", "99999999999999999999", "99999999999TiB");
    INFO(text);
    CHECK_THROWS_AS(parse_size(text, "--x"), Error);
    CHECK_THROWS_WITH(parse_size("5X", "--x"),
                      "--x: \"5X\" is no size; write 65536, 64KiB, 50MiB, 2GiB");
}

TEST_CASE("words of sh are quoted only if they have to be", "[base][text]") {
    CHECK(shell_word("./a-b_1.csv") == "./a-b_1.csv");
    CHECK(shell_word("--key=x,y:z@%+") == "--key=x,y:z@%+");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("{name}.pdf") == "'{name}.pdf'");
    CHECK(shell_word("~") == "'~'");
    CHECK(shell_word("it's $HOME\n") == "'it'\\''s $HOME\n'");
    CHECK(shell_word("ü") == "'ü'");
}
