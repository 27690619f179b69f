#include "core/base/error.hpp"
#include "core/plugin/lint.hpp"
#include "tests/core/plugin/fake_plugin.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace batch::testing;

namespace {

const TemplateText text{.name = "a \"b\".html", .sha256 = "", .source = "<\n{{ nmae }}"};

std::string problem_of(const std::string& script) {
    const TempFolder folder;
    try {
        lint_template({.program = write_script(folder, "p", "#!/bin/sh\n" + script + "\n")}, "{}",
                      text);
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a template is checked by its plugin", "[plugin][lint]") {
    const TempFolder folder;
    const auto path = write_script(folder, "p", R"(#!/usr/bin/python3
import json, sys
asked = json.load(sys.stdin)
assert sys.argv[1] == "--lint" and asked["options"] == {"to": "html"}
print(json.dumps({"errors": [{"line": 2, "column": 9, "message": asked["template"]["name"]}, 7],
                  "names": [{"name": asked["template"]["source"][5:9], "line": 2}]}))
)");
    const LintReport report = lint_template({.program = path}, R"({"to":"html"})", text);
    REQUIRE(report.errors.size() == 1);
    CHECK(report.errors[0].line == 2);
    CHECK(report.errors[0].column == 9);
    CHECK(report.errors[0].message == "a \"b\".html");
    REQUIRE(report.names.size() == 1);
    CHECK(report.names[0].name == "nmae");
    CHECK(report.names[0].column == 0);
}

TEST_CASE("a check that fails says how", "[plugin][lint]") {
    CHECK(problem_of("echo broken >&2; exit 2") ==
          "plugin p: checking the template ended with exit code 2: broken");
    CHECK_THAT(problem_of("echo hello"), Catch::StartsWith("plugin p: its answer is not valid"));
    CHECK(problem_of("echo []") == "plugin p: its answer is not a JSON object");
}
