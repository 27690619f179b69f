#include "core/config/toml.hpp"

#include <catch2/catch.hpp>

namespace batch {

TEST_CASE("a TOML table keeps the order and the places of its keys", "[config][toml]") {
    const auto table =
        parse_toml("z = 1\n[b]\ny = 'two'\nx = [true, 1.5]\n", "job.toml", ErrorKind::bad_input);
    REQUIRE(table.size() == 2);
    CHECK(table[0].key == "z");
    CHECK(table[0].line == 1);
    const auto& inner = std::get<TomlTable>(table[1].value.content);
    REQUIRE(inner.size() == 2);
    CHECK(inner[0].key == "y");
    CHECK(std::get<std::string>(inner[0].value.content) == "two");
    CHECK(inner[1].line == 4);
    CHECK(inner[1].value.column == 5);
    CHECK(std::get<TomlList>(inner[1].value.content).size() == 2);
}

TEST_CASE("dates are texts", "[config][toml]") {
    const auto table = parse_toml("at = 2026-11-22T18:50:02Z", "job.toml", ErrorKind::bad_input);
    CHECK(std::get<std::string>(table[0].value.content) == "2026-11-22T18:50:02Z");
}

TEST_CASE("a TOML error has its place", "[config][toml]") {
    try {
        parse_toml("a = 1\nb = \"x", "job.toml", ErrorKind::bad_input);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        CHECK(error.place() == Place{"job.toml", 2, 7});
        CHECK(error.what() == std::string("encountered end-of-file while parsing string"));
    }
}

}  // namespace batch
