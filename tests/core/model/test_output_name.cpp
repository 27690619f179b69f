#include "core/base/utf8.hpp"
#include "core/model/output_name.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace batch;

namespace {

std::string name_of(const std::string& pattern, const Json& row, const NameEnding& ending = {}) {
    Plan plan;
    plan.output_name = pattern;
    return output_name(plan, row, {.index = 7, .total = 1'000}, ending);
}

Json named(const std::string& name) {
    return {{"name", name}};
}

}  // namespace

TEST_CASE("without a name an output has its index, padded to the last one's width",
          "[core][model]") {
    const Plan plan;
    const auto of = [&plan](std::uint32_t index, std::int64_t total) {
        return output_name(plan, Json::object(), {.index = index, .total = total},
                           {.extension = "pdf"});
    };
    CHECK(of(7, 1) == "7.pdf");
    CHECK(of(7, 10) == "7.pdf");
    CHECK(of(7, 11) == "07.pdf");
    CHECK(of(7, 1'000'000) == "000007.pdf");
}

TEST_CASE("the extension is added if it is missing", "[core][model]") {
    CHECK(name_of("{name}", named("Ada"), {.extension = "pdf"}) == "Ada.pdf");
    CHECK(name_of("{name}.pdf", named("Ada"), {.extension = "pdf"}) == "Ada.pdf");
    CHECK(name_of("{name}.PDF", named("Ada"), {.extension = "pdf"}) == "Ada.pdf");
    CHECK(name_of("{name}.tar", named("Ada"), {.extension = "pdf"}) == "Ada.tar.pdf");
    CHECK(name_of("{name}.txt", named("Ada")) == "Ada.txt");
}

TEST_CASE("a typed extension stands for text and bytes of no known type", "[core][model]") {
    CHECK(name_of("{name}.html", named("Ada"), {.extension = "txt"}) == "Ada.html");
    CHECK(name_of("{name}.iso", named("Ada"), {.extension = "bin"}) == "Ada.iso");
    CHECK(name_of("{name}.2", named("v1"), {.extension = "txt"}) == "v1.2.txt");
    CHECK(name_of("{name}", named("a.html"), {.extension = "txt"}) == "a.html.txt");
    CHECK(name_of("{name}.html", named("Ada"), {.suffix = 2, .extension = "txt"}) ==
          "Ada (2).html");
}

TEST_CASE("the number of a second one stands before the extension", "[core][model]") {
    CHECK(name_of("{name}", named("Anna Schmidt"), {.suffix = 2, .extension = "pdf"}) ==
          "Anna Schmidt (2).pdf");
    CHECK(name_of("{name}.pdf", named("Ada"), {.suffix = 3, .extension = "pdf"}) == "Ada (3).pdf");
}

TEST_CASE("typed slashes are folders, those of values are not", "[core][model]") {
    const Json row = {{"class", "7/a"}, {"name", "Ada"}};
    CHECK(name_of("{class}/{name}", row) == "7_a/Ada");
}

TEST_CASE("no name leads out of its folder", "[core][model]") {
    CHECK(name_of("{name}", named("../../etc/passwd")) == "_.._etc_passwd");
    CHECK(name_of("../{name}", named("x")) == "x");
    CHECK(name_of("/tmp/{name}", named("x")) == "tmp/x");
    CHECK(name_of("a/./{name}", named("..")) == "a");
    CHECK(name_of("{name}", named("..")) == "007");
}

TEST_CASE("what other systems refuse in names is replaced", "[core][model]") {
    CHECK(clean_name("a\\b:c*d?e\"f<g>h|i") == "a_b_c_d_e_f_g_h_i");
    CHECK(clean_name("tab\tand\nline\x7f") == "tab_and_line_");
    CHECK(clean_name("--rf .hidden. ") == "rf .hidden");
    CHECK(clean_name("नेहा शर्मा") == "नेहा शर्मा");
}

TEST_CASE("names of devices are no names of files", "[core][model]") {
    CHECK(name_of("{name}", named("CON"), {.extension = "pdf"}) == "_CON.pdf");
    CHECK(name_of("{name}", named("nul.x")) == "_nul.x");
    CHECK(name_of("{name}", named("Conrad")) == "Conrad");
}

TEST_CASE("a long value is cut at a character and keeps the extension", "[core][model]") {
    std::string umlauts;
    for (int i = 0; i < 200; ++i) {
        umlauts += "ü";
    }
    const std::string name = name_of("{name}.pdf", named("x" + umlauts), {.extension = "pdf"});
    CHECK(name.size() <= 184);
    CHECK(name.ends_with("ü.pdf"));
    CHECK(is_utf8(name));
}
