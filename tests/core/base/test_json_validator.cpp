#include "core/base/json.hpp"
#include "core/base/json_problem.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("both checks of JSON accept the same texts", "[base][json]") {
    const std::string text =
        GENERATE(as<std::string>{}, "1", " {\"a\" : [1, -0.5e3, \"x\"]} ", "null",
                 "\"\\ud83d\\ude00\"", "[]", "-0", "123456789012345678901234567890",
                 "18446744073709551615", "\"ü\"", "1e308", "{\"a\":1,\"a\":2}");
    INFO(text);
    JsonValidator validator;
    CHECK_FALSE(validator.problem(text));
    CHECK_FALSE(json_problem(text));
}

TEST_CASE("both checks of JSON refuse the same texts", "[base][json]") {
    const std::string text = GENERATE(
        as<std::string>{}, "", " ", "nul", "[1,]", "{\"a\":1,}", "1 2", "\"\xFF\"", "\"a\nb\"",
        "01", "+1", ".5", "{\"a\" 1}", "{a:1}", "'a'", "\"\\udc00\"", "\"\\ud800\"", "\"\\x\"",
        "1e400", "NaN", "[", "]", "\"a", std::string("1\0", 2), std::string("\"\0\"", 3),
        "\xEF\xBB\xBF"
        "1",
        "// x\n1");
    INFO(text);
    JsonValidator validator;
    CHECK(validator.problem(text));
    CHECK(json_problem(text));
}

TEST_CASE("JSON is nested at most 64 levels deep", "[base][json]") {
    JsonValidator validator;
    const auto arrays = [](std::size_t depth, const std::string& core) {
        return std::string(depth, '[') + core + std::string(depth, ']');
    };
    const auto objects = [](std::size_t depth) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i) {
            text += "{\"[\":";
        }
        return text + "1" + std::string(depth, '}');
    };
    for (const auto& text : {arrays(64, ""), arrays(64, "1"), arrays(63, "{}"), objects(64)}) {
        CHECK_FALSE(validator.problem(text));
    }
    for (const auto& text :
         {arrays(65, ""), arrays(65, "1"), arrays(64, "{}"), objects(65), arrays(100'000, "")}) {
        const auto problem = validator.problem(text);
        REQUIRE(problem);
        CHECK(problem->message == "nested more than 64 levels deep");
    }
    CHECK(validator.problem("[1,\"[\"," + arrays(64, "") + "]")->offset == 3 + 4 + 63);
}

TEST_CASE("a validator grows with its texts and is moved", "[base][json]") {
    JsonValidator validator;
    CHECK_FALSE(validator.problem("1"));
    const std::string large = "[\"" + std::string(3U << 20U, 'x') + "\"]";
    CHECK_FALSE(validator.problem(large));
    JsonValidator other = std::move(validator);
    CHECK_FALSE(other.problem(large));
    CHECK(other.problem(large + "]"));
}
