#include "core/base/json.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace batch;
using namespace batch::testing;
using namespace std::chrono_literals;

namespace {

struct Jobs : House {
    Jobs() { write("jobs/urls.csv", "id,url\n1,http://a\n2,http://b\n"); }

    void job(const std::string& text) const { write("jobs/job.toml", text); }

    std::string refused(const std::string& text) const {
        job(text);
        const Said said = ctl({"submit", "jobs/job.toml"});
        CHECK(said.code == 2);
        return said.err;
    }
};

Json options_of(const Plan& plan, std::size_t step) {
    return parse_json(plan.steps.at(step).options, "options");
}

}  // namespace

TEST_CASE("a job file says what the flags say", "[cli][submit]") {
    const Jobs house;
    house.job(R"(
rows = "urls.csv"
command = ["curl", "-sSf", "-o", "{@out}/page.html", "{url}"]
deliver = ["./pages"]
output_name = "{id}.html"
item_timeout = "10s"
retries = 3
retry_on = [7, 28, 75]
concurrency = 16
label = { team = "web" }
env = { LANG = "C.UTF-8" }
)");
    const Said said = house.ctl({"submit", "jobs/job.toml"});
    INFO(said.err);
    CHECK(said.code == 0);
    const Batch batch = house.batch();
    CHECK(batch.name == "urls.csv");
    CHECK(batch.labels.at("team") == "web");
    CHECK(batch.plan.retry.retries == 3);
    CHECK(batch.plan.retry.item_timeout == 10s);
    CHECK(batch.plan.concurrency == 16);
    CHECK(batch.plan.output_name == "{id}.html");
    CHECK(dump(options_of(batch.plan, 0)["retry_on"]) == "[7,28,75]");
    CHECK(options_of(batch.plan, 0)["env"]["LANG"] == "C.UTF-8");
    CHECK(options_of(batch.plan, 1)["dir"] == (house / "jobs/pages").string());
}

TEST_CASE("flags and rows on the command line win over the job file", "[cli][submit]") {
    const Jobs house;
    house.write("more.csv", "id\n7\n");
    house.job(
        "rows = \"urls.csv\"\ncommand = [\"true\"]\nretries = 3\nname = \"file\"\n"
        "env = { A = \"1\", B = \"1\" }\n");
    CHECK(house
              .ctl({"submit", "jobs/job.toml", "more.csv", "--retries", "1", "--name", "flag",
                    "--env", "A=2", "--", "cat"})
              .code == 0);
    const Batch batch = house.batch();
    CHECK(batch.name == "flag");
    CHECK(batch.counts.total == 1);
    CHECK(batch.plan.retry.retries == 1);
    CHECK(options_of(batch.plan, 0)["command"][0] == "cat");
    CHECK(dump(options_of(batch.plan, 0)["env"]) == R"({"A":"2","B":"1"})");
}

TEST_CASE("paths are relative to the job file, the command runs here", "[cli][submit]") {
    const Jobs house;
    house.write_program("jobs/work", "#!/bin/sh\n");
    house.write("jobs/card.html", "{{ id }}");
    house.job("rows = \"urls.csv\"\ntemplate = \"card.html\"\ncommand = [\"./work\"]\n");
    CHECK(house.ctl({"submit", "jobs/job.toml"}).code == 0);
    const Json options = options_of(house.batch().plan, 1);
    CHECK(options["command"][0] == (house / "jobs/work").string());
    CHECK(options["chdir"] == house.operator/("").parent_path().string());
}

TEST_CASE("targets are relative to the job file, also with a colon", "[cli][submit]") {
    const Jobs house;
    house.job("rows = \"urls.csv\"\ncommand = [\"cat\"]\ndeliver = [\"./a:b\", \"c/d:e\"]\n");
    CHECK(house.ctl({"submit", "jobs/job.toml"}).code == 0);
    CHECK(options_of(house.batch().plan, 1)["dir"] == (house / "jobs/a:b").string());
    CHECK(options_of(house.batch().plan, 2)["dir"] == (house / "jobs/c/d:e").string());
}

TEST_CASE("an account of a job file is for the job file's targets", "[cli][submit]") {
    const Jobs house;
    house.job(
        "rows = \"urls.csv\"\ncommand = [\"cat\"]\naccount = \"work\"\n"
        "deliver = \"drive:1AbC\"\n");
    CHECK(house.ctl({"submit", "jobs/job.toml", "-d", "./out"}).code == 0);
    CHECK(house.ctl({"submit", "jobs/job.toml", "-d", "./out", "--account", "home"}).code == 2);
}

TEST_CASE("steps of a job file have an order of their own", "[cli][submit]") {
    const Jobs house;
    house.write("jobs/letter.html", "{{ batch.output.value }}");
    house.job(R"(
rows = "urls.csv"
[[step]]
plugin = "exec"
command = ["cat"]
stdout = "json"
[[step]]
plugin = "jinja"
template = "letter.html"
[[step]]
plugin = "chromium"
to = "pdf"
)");
    const Said said = house.ctl({"submit", "jobs/job.toml", "-d", "out"});
    INFO(said.err);
    CHECK(said.code == 0);
    const Plan plan = house.batch().plan;
    CHECK(plan.steps.size() == 4);
    CHECK(options_of(plan, 0)["stdout"] == "json");
    CHECK(plan.steps.at(1).template_ref->name == "letter.html");
    CHECK(plan.extension == "pdf");
    CHECK(plan.retry.retries == 0);
}

TEST_CASE("without a name the batch of a job file is called after its key", "[cli][submit]") {
    const Jobs house;
    house.write("jobs/job.toml", "rows = \"urls.csv\"\ncommand = [\"true\"]\n");
    CHECK(house.ctl({"submit", "jobs/job.toml", "--key", "nightly-1"}).code == 0);
    CHECK(house.batch().name == "nightly-1");
}

TEST_CASE("an unknown key is told with its place and the nearest", "[cli][submit]") {
    CHECK(Jobs().refused("rows = \"urls.csv\"\nretires = 3\n") ==
          "jobs/job.toml:2:1: error: \"retires\" is no key of a job file; did you mean "
          "\"retries\"?\n" +
              error_text("1 problem, nothing was stored"));
}

TEST_CASE("values of another kind are told with their place", "[cli][submit]") {
    const Jobs house;
    const auto first_line = [&house](const std::string& text) {
        const std::string said = house.refused(text);
        return said.substr(0, said.find('\n'));
    };
    CHECK(first_line("rows = 7\n") == "jobs/job.toml:1:1: error: rows is a number, not a text");
    CHECK(first_line("retries = \"x\"\n") ==
          "jobs/job.toml:1:1: error: retries is a text, not a number");
    CHECK(first_line("retries = -1\n") ==
          "jobs/job.toml:1:1: error: retries is -1: numbers are 0 to 1,000,000");
    CHECK(first_line("retries = 5000\n") ==
          "jobs/job.toml:1:1: error: --retries is 5000: it is 0 to 1,000");
    CHECK(first_line("item_timeout = \"10\"\n") ==
          "jobs/job.toml:1:1: error: --item-timeout: \"10\" is no duration; write 500ms, 30s, 5m, "
          "2h, 7d");
    CHECK(first_line("key = \"a b\"\n").starts_with("jobs/job.toml:1:1: error: the key \"a b\""));
    CHECK(first_line("hold = 1\n") ==
          "jobs/job.toml:1:1: error: hold is a number, not true or false");
    CHECK(first_line("command = [1]\n") ==
          "jobs/job.toml:1:1: error: command is a list, not a list of texts");
    CHECK(first_line("label = \"x\"\n") ==
          "jobs/job.toml:1:1: error: label is a text, not a table of texts");
    CHECK(first_line("label = { a = 1 }\n") ==
          "jobs/job.toml:1:11: error: a is a number, not a text");
    CHECK(first_line("key = \"\xFF\"\n") ==
          "jobs/job.toml:1:7: error: encountered invalid utf-8 sequence");
    CHECK(first_line("on_collision = \"maybe\"\n") ==
          "jobs/job.toml:1:1: error: on_collision is \"maybe\", not one of error, suffix, "
          "overwrite");
    CHECK(first_line("[[step]]\ncommand = [\"true\"]\n").find("this step names no plugin") !=
          std::string::npos);
    CHECK(first_line("a = [\n").starts_with("jobs/job.toml:"));
}

TEST_CASE("an array of steps stands for all steps", "[cli][submit]") {
    CHECK(Jobs()
              .refused("rows = \"urls.csv\"\ntemplate = \"a.html\"\n[[step]]\nplugin = \"echo\"\n")
              .find("[[step]] stands for all steps, so template has no place beside it") !=
          std::string::npos);
}

TEST_CASE("what is wrong with a step is told with its place", "[cli][submit]") {
    const Jobs house;
    CHECK(house.refused("rows = \"urls.csv\"\n[[step]]\nplugin = \"echo\"\ncolour = 1\n")
              .starts_with("jobs/job.toml:2:1: error: plugin echo has no option \"colour\""));
}

TEST_CASE("a job file that is not there is not found", "[cli][submit]") {
    CHECK(Jobs().ctl({"submit", "nope.toml"}).code == 3);
}
