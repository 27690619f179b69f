#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>

using namespace batch::testing;

namespace {

struct School : House {
    School() {
        write_students({"Ada Lovelace,7a,93", "Grace Hopper,7b,80"});
        write("certificate.html", "{{ name }}");
    }

    Said dry(std::vector<std::string> more) const {
        more.insert(more.begin(), {"submit", "students.csv", "--dry-run"});
        return ctl(more);
    }
};

}  // namespace

TEST_CASE("a dry run shows the plan and the first item, and stores nothing", "[cli][submit]") {
    const School house;
    const Said said = house.dry(
        {"-t", "certificate.html", "--to", "pdf", "-d", "./certificates", "-o", "{name} {class}"});
    CHECK(said.code == 0);
    CHECK(said.out ==
          "rows      students.csv: 2 items, columns name, class, points\n"
          "steps     jinja certificate.html, chromium to=pdf, file ./certificates\n"
          "tries     3, 1s..1m apart, 10m each\n"
          "item 0    {\"name\":\"Ada Lovelace\",\"class\":\"7a\",\"points\":\"93\"}\n"
          "output    ./certificates/Ada Lovelace 7a.pdf\n");
    CHECK(said.err == "note: nothing was stored. All 2 names: add --json\n");
    CHECK(house.batches().empty());
    CHECK_FALSE(std::filesystem::exists(house / "certificates"));
}

TEST_CASE("a dry run with --json gives the names of all outputs", "[cli][submit]") {
    const School house;
    CHECK(house.dry({"--json", "-t", "certificate.html", "-o", "{name}", "-d", "out"}).out ==
          "{\"v\":1,\"index\":0,\"line\":2,\"output\":\"out/Ada Lovelace.html\"}\n"
          "{\"v\":1,\"index\":1,\"line\":3,\"output\":\"out/Grace Hopper.html\"}\n");
    CHECK(house.ctl({"submit", "--args", "a", "b", "-n", "--json", "--", "true"}).out ==
          "{\"v\":1,\"index\":0,\"line\":null,\"output\":\"0\"}\n"
          "{\"v\":1,\"index\":1,\"line\":null,\"output\":\"1\"}\n");
}

TEST_CASE("a dry run of one command shows one try", "[cli][submit]") {
    const Said said = School().dry({"--", "echo", "{name}"});
    CHECK(said.out.find("tries     1, 10m\n") != std::string::npos);
}

TEST_CASE("a dry run finds what a submission would", "[cli][submit]") {
    const School house;
    CHECK(house.dry({"-t", "certificate.html", "-o", "{nmae}"}).code == 2);
    house.write("certificate.html", "{{ nmae }}");
    const Said said = house.dry({"--json", "-t", "certificate.html"});
    CHECK(said.code == 2);
    CHECK(said.out.empty());
}
