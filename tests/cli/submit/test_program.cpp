#include "core/base/json.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>

using namespace batch;
using namespace batch::testing;

namespace {

struct Urls : House {
    Urls() { write("urls.txt", "http://a\n"); }

    Said submit(std::vector<std::string> command) const {
        command.insert(command.begin(), {"submit", "urls.txt", "--"});
        return ctl(command);
    }

    Json stored_options() const { return parse_json(batch().plan.steps.at(0).options, "options"); }
};

}  // namespace

TEST_CASE("E8: a command that PATH lacks is told with the nearest", "[cli][submit]") {
    const Urls house;
    house.write_program("bin/curly", "#!/bin/sh\n");
    ::setenv("PATH", (house / "bin").c_str(), 1);
    const Said said = house.submit({"curyl", "-sf", "{}"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("cannot run \"curyl\": there is no such command in PATH; nothing was stored",
                     "did you mean: curly"));
    CHECK(house.batches().empty());
}

TEST_CASE("a whole line in quotes is no command", "[cli][submit]") {
    const Said said = Urls().ctl({"run", "urls.txt", "--", "curl -sf {}"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("cannot run \"curl -sf {}\": it is a whole line in quotes, and no shell takes "
                     "it apart; nothing was stored",
                     "without the quotes: batchctl run urls.txt -- curl -sf {}"));
}

TEST_CASE("a program with a slash is looked for where the command runs", "[cli][submit]") {
    const Urls house;
    CHECK(house.submit({"./work"}).err ==
          error_text("cannot run \"./work\": there is no such file; nothing was stored"));
    house.write("work", "");
    CHECK(house.submit({"./work"}).err ==
          error_text("cannot run \"./work\": it may not be executed; nothing was stored",
                     "make it executable: chmod +x ./work"));
    house.write_program("there/work2", "#!/bin/sh\n");
    CHECK(house.ctl({"submit", "urls.txt", "--chdir", "there", "--", "./work2"}).code == 0);
    CHECK(house.stored_options()["chdir"] == (house / "there").string());
}

TEST_CASE("a folder that is not there cannot be run in", "[cli][submit]") {
    const Said said = Urls().ctl({"submit", "urls.txt", "--chdir", "nowhere", "--", "true"});
    CHECK(said.code == 3);
    CHECK(said.err == error_text("there is no folder \"nowhere\" to run the command in; nothing "
                                 "was stored"));
}

TEST_CASE("what every PATH has is stored by its name, what only the caller's has by its path",
          "[cli][submit]") {
    const Urls house;
    house.write_program("bin/mine", "#!/bin/sh\n");
    ::setenv("PATH", (house / "bin").string().append(":/usr/bin:/bin").c_str(), 1);
    CHECK(house.submit({"mine", "{}"}).code == 0);
    CHECK(house.stored_options()["command"][0] == (house / "bin/mine").string());
    CHECK(house.ctl({"rm", "@last", "--force", "--yes"}).code == 0);
    CHECK(house.submit({"cat"}).code == 0);
    CHECK(house.stored_options()["command"][0] == "cat");
}

TEST_CASE("a program that the row chooses is not looked for", "[cli][submit]") {
    CHECK(Urls().submit({"{}", "x"}).code == 0);
}

TEST_CASE("the flags of commands are stored with the command", "[cli][submit]") {
    const Urls house;
    CHECK(
        house
            .ctl({"submit", "urls.txt", "--env", "A=b=c", "--env", "B=", "--stdout", "json",
                  "--success-codes", "0,3", "--retry-on", "7,9", "--no-retry-on", "8", "--", "cat"})
            .code == 0);
    const Json options = house.stored_options();
    CHECK(dump(options["env"]) == R"({"A":"b=c","B":""})");
    CHECK(options["stdout"] == "json");
    CHECK(dump(options["success_codes"]) == "[0,3]");
    CHECK(dump(options["retry_on"]) == "[7,9]");
    CHECK(dump(options["no_retry_on"]) == "[8]");
    CHECK(options["chdir"] == house.operator/("").parent_path().string());
}

TEST_CASE("flags of commands need a command", "[cli][submit]") {
    const Urls house;
    house.write("a.txt.j2", "{{ value }}");
    const Said said = house.ctl({"submit", "urls.txt", "-t", "a.txt.j2", "--env", "A=b"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("--env is for a command, and there is none",
                                 "it stands behind two dashes: batchctl submit ROWS -- COMMAND"));
    CHECK(house.ctl({"submit", "urls.txt", "--env", "A", "--", "true"}).err ==
          error_text("--env \"A\" is not NAME=VALUE; nothing was stored"));
}

TEST_CASE("the service runs only commands that its configuration names", "[cli][submit]") {
    const Urls house;
    const Said said = house.ctl({"submit", "--system", "--state", "s.db", "urls.txt", "--", "cat"});
    CHECK(said.code == 4);
    CHECK(said.err.find("the system's batchd may not run \"cat\"") != std::string::npos);
}
