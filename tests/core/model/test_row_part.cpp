#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/model/row_part.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>

using namespace batch;

namespace {

constexpr std::array patterns{
    "",        "{}",     "{:slug}", "{id}",       "{id}-{name:stem}", "{user.email}",
    "{user}",  "{a.b}",  "{a.b.c}", "{x:04}",     "{value}",          "{First name}",
    "{gone}",  "{@key}", "{a,b}",   "{\xC3\xBC}", "{q\\u00e9}",       "{id:stem:base}",
    "{P (€)}",
};

constexpr std::array rows{
    R"({"id":7,"name":"a/b.txt","other":[1,{"id":8}]})",
    R"({"user":{"email":"x@y","n":null},"a.b":"dot","a":{"b":{"c":true}}})",
    R"({"x:04":"own","x":5,"First name":"A \"B\" \u00e9","\u00fc":"u","value":1.50})",
    R"j({"id":"first","id":"last","P (€)":"9","a,b":[]})j",
    R"({ "id" : "blanks" })",
    R"("a text \n")",
    "[1,2]",
    "17",
    "null",
    "{}",
};

/// What the pattern makes of the row; what it lacks, if it lacks something.
std::string filled(const Pattern& pattern, const Json& row) {
    try {
        return pattern.fill(row, {.batch = "b", .index = 3, .line = 5, .key = "b/3"});
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("a pattern makes the same of the part that it needs as of the whole row",
          "[core][model]") {
    const auto pattern = std::string(GENERATE(from_range(patterns)));
    const auto row = std::string(GENERATE(from_range(rows)));
    RowPart part;
    part.need(Pattern(pattern));
    INFO(pattern << " of " << row);
    CHECK(filled(Pattern(pattern), part.of(row)) ==
          filled(Pattern(pattern), parse_json(row, "the row")));
}

TEST_CASE("what no pattern needs is not parsed", "[core][model]") {
    RowPart part;
    part.need(Pattern("{b} {@line} {c.d:stem}"));
    CHECK(dump(part.of(R"({"a":1,"b":2,"c":{"d":3},"e":4})")) == R"({"b":2,"c":{"d":3}})");
}
