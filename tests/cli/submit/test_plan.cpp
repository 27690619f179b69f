#include "core/base/json.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tree.hpp"

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;

namespace {

struct School : House {
    School() {
        write_students({"Ada,7a,93"});
        write("card.html", "{{ name }}");
    }

    Plan planned(std::vector<std::string> more) const {
        more.insert(more.begin(), {"submit", "students.csv"});
        const Said said = ctl(more);
        INFO(said.err);
        CHECK(said.code == 0);
        return batch().plan;
    }
};

std::vector<std::string> plugins_of(const Plan& plan) {
    std::vector<std::string> names;
    for (const Step& step : plan.steps) {
        names.push_back(step.plugin);
    }
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("steps come in the order template, to, steps, command, deliveries", "[cli][submit]") {
    const School house;
    const Plan plan = house.planned({"-d", "a", "-t", "card.html", "--step", "echo", "--to",
                                     "pdf:paper=A5", "-d", "b", "--", "cat"});
    CHECK(plugins_of(plan) == Names{"jinja", "chromium", "echo", "exec", "file", "file"});
    CHECK(plan.deliver == Names{"a", "b"});
    CHECK(dump(parse_json(plan.steps.at(1).options, "options")) == R"({"paper":"A5","to":"pdf"})");
    const Json file = parse_json(plan.steps.at(4).options, "options");
    CHECK(file["dir"] == (house / "a").string());
    CHECK(file["target"] == "a");
}

TEST_CASE("a failed item is tried twice more, but one of a command not", "[cli][submit]") {
    const School house;
    CHECK(house.planned({"-t", "card.html"}).retry.retries == 2);
    CHECK(house.planned({"--", "cat"}).retry.retries == 0);
    CHECK(house.planned({"--retries", "5", "--", "cat"}).retry.retries == 5);
    CHECK(house.planned({"--step", R"(exec:{"command":["cat"]})"}).retry.retries == 0);
}

TEST_CASE("limits are those of the flags, else those of the settings", "[cli][submit]") {
    const School house;
    const Plan plan =
        house.planned({"--backoff", "2s..3m", "--item-timeout", "1m30s", "-j", "7", "--", "cat"});
    CHECK(plan.retry.backoff_min == 2s);
    CHECK(plan.retry.backoff_max == 3min);
    CHECK(plan.retry.item_timeout == 90s);
    CHECK(plan.concurrency == 7);
    house.write(".config/batch/config.toml", "items.timeout = \"7s\"\n");
    CHECK(house.planned({"--", "cat"}).retry.item_timeout == 7s);
}

TEST_CASE("what the outputs will be is known beforehand where it can be", "[cli][submit]") {
    const School house;
    CHECK(house.planned({"-t", "card.html"}).extension == "html");
    CHECK(house.planned({"-t", "card.html", "--to", "pdf"}).extension == "pdf");
    CHECK(house.planned({"--", "cat"}).extension.empty());
    CHECK(house.planned({"-t", "card.html", "--", "cat"}).extension.empty());
    CHECK(house.planned({"-t", "card.html", "-d", "x"}).extension == "html");
}

TEST_CASE("without a step there is nothing to do", "[cli][submit]") {
    const Said said = School().ctl({"submit", "students.csv"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("nothing to do with the rows: no --template, --step or COMMAND",
                                 "a command for each row: batchctl submit ROWS -- COMMAND "
                                 "{column}"));
}

TEST_CASE("an unknown option of a plugin is told with the nearest", "[cli][submit]") {
    const School house;
    house.write_program("shout", house.read(BATCH_SOURCE_DIR "/man/examples/shout"));
    house.write(".config/batch/config.toml",
                "plugins.path = [\"" + house.operator/("").string() + "\"]\n");
    const Said said = house.ctl({"submit", "students.csv", "--step", "shout:colum=name"});
    CHECK(said.code == 2);
    CHECK(said.err ==
          error_text("plugin shout has no option \"colum\" (it has: column); nothing was stored",
                     "did you mean: --step shout:column=name"));
}

TEST_CASE("a plugin that renders needs a template", "[cli][submit]") {
    const School house;
    const Said said = house.ctl({"submit", "students.csv", "--step", "jinja"});
    CHECK(said.code == 2);
    CHECK(said.err == error_text("plugin jinja renders a template, and there is none; nothing was "
                                 "stored",
                                 "name it: --template FILE, in a job file: template = \"FILE\""));
}

TEST_CASE("an unknown plugin is told with where it was looked for", "[cli][submit]") {
    const Said said = School().ctl({"submit", "students.csv", "--step", "ehco:column=name"});
    CHECK(said.code == 3);
    CHECK(said.err.starts_with("batchctl: error: there is no plugin \"ehco\"; looked in "));
    CHECK(said.err.ends_with("hint: did you mean: --step echo:column=name\n"));
}

TEST_CASE("a page's options are checked against the plugin's", "[cli][submit]") {
    const School house;
    const Said said =
        house.ctl({"submit", "students.csv", "-t", "card.html", "--to", "pdf:paper=A9"});
    CHECK(said.code == 2);
    CHECK(said.err.find("paper") != std::string::npos);
    CHECK(said.err.find("nothing was stored") != std::string::npos);
    CHECK(house.batches().empty());
}

TEST_CASE("a plugin can be named by its path", "[cli][submit]") {
    const School house;
    const std::string echo = BATCH_BINARY_DIR "/tests/data/batch/plugins/echo";
    CHECK(plugins_of(house.planned({"--step", echo})) == Names{echo});
}
