#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch::testing;

namespace {

/// urls.csv with the columns id and url.
struct Urls : House {
    Urls() {
        write("urls.csv", "id,url\n1,http://a\n2,http://b\n");
        write("urls.txt", "http://a\nhttp://b\n");
    }

    std::string refused(const std::vector<std::string>& words) const {
        const Said said = ctl(words);
        CHECK(said.code == 2);
        CHECK(said.out.empty());
        CHECK(batches().empty());
        return said.err;
    }
};

}  // namespace

TEST_CASE("E5: a placeholder that is no column is refused, with the nearest", "[cli][submit]") {
    CHECK(Urls().refused({"submit", "urls.csv", "--", "echo", "{ulr}"}) ==
          error_text("\"{ulr}\" names no column of urls.csv (id, url); nothing was stored",
                     "did you mean {url}? For the characters themselves write: '\\{ulr}'"));
}

TEST_CASE("E5: without a near column the hint tells how to write the braces", "[cli][submit]") {
    CHECK(Urls().refused({"submit", "urls.csv", "-o", "{surname}", "--", "true"}) ==
          error_text("\"{surname}\" names no column of urls.csv (id, url); nothing was stored",
                     "for the characters themselves write: '\\{surname}'"));
}

TEST_CASE("E5: what may stand behind a colon is told", "[cli][submit]") {
    CHECK(Urls().refused({"submit", "urls.csv", "--", "echo", "{url:bas}"}) ==
          error_text("\"{url:bas}\" names no column of urls.csv (id, url); nothing was stored",
                     "behind a colon come stem, base, dir, slug or 04; for the characters "
                     "themselves write: '\\{url:bas}'"));
}

TEST_CASE("lines have no columns but value", "[cli][submit]") {
    const Urls house;
    CHECK(house.refused({"submit", "urls.txt", "--", "echo", "{url}"}) ==
          error_text("\"{url}\" names no column of urls.txt (value); nothing was stored",
                     "for the characters themselves write: '\\{url}'"));
    CHECK(
        house.refused({"submit", "--args", "a", "--", "echo", "{url}"}).find("of the arguments") !=
        std::string::npos);
    CHECK(house.ctl({"submit", "urls.txt", "-n", "--", "echo", "{value}", "{}", "{:stem}"}).code ==
          0);
}

TEST_CASE("a name of ours that is none is refused, with the nearest", "[cli][submit]") {
    CHECK(Urls().refused({"submit", "urls.csv", "--", "echo", "{@indx}"}) ==
          error_text("\"{@indx}\" is none of ours (@index, @line, @file, @out, @batch, @key); "
                     "nothing was stored",
                     "did you mean {@index}? For the characters themselves write: '\\{@indx}'"));
}

TEST_CASE("E6: double braces on the command line are refused", "[cli][submit]") {
    const Urls house;
    CHECK(house.refused({"submit", "urls.csv", "-o", "{{name}}.pdf", "--", "true"}) ==
          error_text("\"{{name}}\" is how a template writes a column; on the command line braces "
                     "are single; nothing was stored",
                     "write: -o '{name}.pdf'"));
    CHECK(house.refused({"submit", "urls.csv", "--", "curl", "{{ url }}"}) ==
          error_text("\"{{ url }}\" is how a template writes a column; on the command line braces "
                     "are single; nothing was stored",
                     "write: '{url}'"));
}

TEST_CASE("braces of other languages are left alone", "[cli][submit]") {
    const Urls house;
    const Said said = house.ctl({"submit", "urls.csv", "--", "echo", "{ print $1 }", R"({"a":1})",
                                 "{{.State}}", "{{json .}}", "{a,b}", R"(\{ulr})"});
    CHECK(said.code == 0);
    CHECK(house.batch().plan.steps.at(0).has_placeholders);
}

TEST_CASE("the names that only the work knows are not for names of outputs", "[cli][submit]") {
    CHECK(Urls()
              .refused({"submit", "urls.csv", "-o", "{@file:stem}", "--", "true"})
              .find("is known only while the item is worked on") != std::string::npos);
}

TEST_CASE("E7: a row's text never becomes code of a shell", "[cli][submit]") {
    CHECK(
        Urls().refused({"submit", "urls.csv", "--", "sh", "-c", "curl -sf {url} && ./log {id}"}) ==
        error_text("{url} inside the script of \"sh -c\" would run the row's text as shell code; "
                   "nothing was stored",
                   "hand it over as an argument: sh -c 'curl -sf \"$1\" && ./log \"$2\"' sh {url} "
                   "{id}"));
}

TEST_CASE("E5 is what is said of a shell's variable in braces", "[cli][submit]") {
    CHECK(Urls().refused({"submit", "urls.csv", "--", "sh", "-c", "echo ${HOME}"}) ==
          error_text("\"{HOME}\" names no column of urls.csv (id, url); nothing was stored",
                     "for the characters themselves write: '\\{HOME}'"));
}

TEST_CASE("E7: a step's options are no way around it", "[cli][submit]") {
    CHECK(Urls()
              .refused(
                  {"submit", "urls.csv", "--step", R"(exec:{"command":["sh","-c","echo {url}"]})"})
              .find("{url} inside the script of \"sh -c\"") != std::string::npos);
}
