#include "core/base/error.hpp"
#include "core/model/output.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("an output is the same after it was stored", "[core][model]") {
    const Output output{
        .text = "hello\n",
        .media_type = "text/plain",
        .value = R"({"n":1})",
        .artifacts = {{"Ada.pdf", "/state/0.pdf", "application/pdf", 12, "ab"}},
        .deliveries = {{"./cards", "/home/ada/cards/Ada.pdf", "2026-11-22T18:45:21.123Z", "x"}}};
    const std::string stored = to_json(output);
    CHECK(to_json(output_of(stored)) == stored);
    CHECK(output_of(stored).artifacts.at(0).size == 12);
}

TEST_CASE("an empty text is not the same as none", "[core][model]") {
    CHECK(output_of(to_json(Output{.text = ""})).text == "");
    CHECK_FALSE(output_of(to_json(Output{})).text);
    CHECK_FALSE(output_of("").text);
}

TEST_CASE("a broken record is an error, not a crash", "[core][model]") {
    CHECK_THROWS_AS(output_of("{"), Error);
}

TEST_CASE("an output is where it was delivered first, else where it is kept", "[core][model]") {
    Output output;
    CHECK(location_of(output).empty());
    output.artifacts = {{.name = "dropped"}, {.name = "kept", .path = "/state/1"}};
    CHECK(location_of(output) == "/state/1");
    output.deliveries = {{.target = ".", .location = "/home/ada"}};
    CHECK(location_of(output) == "/home/ada");
}

TEST_CASE("types and extensions know each other", "[core][model]") {
    CHECK(extension_of("application/pdf") == "pdf");
    CHECK(extension_of("text/html; charset=utf-8") == "html");
    CHECK(extension_of("application/x-unheard-of") == "bin");
    CHECK(media_type_of("pdf") == "application/pdf");
    CHECK(media_type_of("a/b.html") == "text/html");
    CHECK(media_type_of("a/b.unheard") == "application/octet-stream");
}
