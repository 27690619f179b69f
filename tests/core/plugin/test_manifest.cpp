#include "core/base/error.hpp"
#include "core/plugin/manifest.hpp"

#include <catch2/catch.hpp>

using namespace batch;

namespace {

std::string problem_of(const std::string& json) {
    try {
        parse_manifest(json);
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a manifest is read and written again", "[plugin][manifest]") {
    const std::string json =
        R"({"protocol":1,"name":"jinja","version":"1.0","summary":"s","in":["*/*"],)"
        R"("out":["text/html"],"concurrency":64,"files":false,"jail":true,"lint":true,)"
        R"("login":true,)"
        R"("options":{"type":"object","properties":{}}})";
    const Manifest manifest = parse_manifest(json);
    CHECK(manifest.name == "jinja");
    CHECK(manifest.concurrency == 64);
    CHECK(manifest.jail);
    CHECK_FALSE(manifest.files);
    CHECK(manifest.out == std::vector<std::string>{"text/html"});
    CHECK(to_json(manifest) == json);
}

TEST_CASE("a manifest may leave out what has a default, and say more", "[plugin][manifest]") {
    const Manifest manifest = parse_manifest(R"({"new":1,"protocol":1,"name":"x"})");
    CHECK(manifest.concurrency == 1);
    CHECK(manifest.options == "{}");
}

TEST_CASE("what is wrong with a manifest is said", "[plugin][manifest]") {
    CHECK_THAT(problem_of("hello"), Catch::StartsWith("the manifest is not valid JSON"));
    CHECK(problem_of("[]") == "the manifest is not a JSON object");
    CHECK(problem_of(R"({"name":"x"})") ==
          "the manifest does not say which \"protocol\" it speaks, as a whole number");
    CHECK(problem_of(R"({"protocol":2,"name":"x"})") ==
          "the manifest names protocol 2; this version speaks protocol 1");
    CHECK(problem_of(R"({"protocol":1,"name":"A b"})") ==
          "the manifest has no \"name\" of small letters, digits, - and _");
    CHECK(problem_of(R"({"protocol":1,"name":"x","concurrency":0})") ==
          "the manifest has a \"concurrency\" that is not a whole number from 1 to 1000");
    CHECK(problem_of(R"({"protocol":1,"name":"x","in":"text"})") ==
          "the manifest has a \"in\" that is not a list of texts");
    CHECK(problem_of(R"({"protocol":1,"name":"x","jail":"yes"})") ==
          "the manifest has a \"jail\" that is not true or false");
    CHECK(problem_of(R"({"protocol":1,"name":"x","options":[]})") ==
          "the manifest has \"options\" that are not a JSON Schema of an object");
}

TEST_CASE("names of plugins cannot leave their folder", "[plugin][manifest]") {
    CHECK(is_plugin_name("google-drive"));
    CHECK(is_plugin_name("x_1"));
    for (const char* name : {"", "..", "a/b", "-x", "_x", "A", "a b", "a.b"}) {
        CHECK_FALSE(is_plugin_name(name));
    }
}
