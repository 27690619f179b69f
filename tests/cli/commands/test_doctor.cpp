#include "core/os/lock.hpp"
#include "tests/cli/house.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <cstdlib>

#include <unistd.h>

using namespace batch;
using namespace batch::testing;

namespace {

namespace fs = std::filesystem;

bool has(const Said& said, const std::string& text) {
    INFO(said.out);
    return said.out.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("doctor looks at everything and changes nothing", "[cli][doctor]") {
    const House house;
    const Said said = house.ctl({"doctor"});
    for (const std::string line :
         {"ok    state    ~/.local/state/batch/state.db is not there yet",
          "ok    batchd   not "
          "running",
          "ok    queue    local: ", "ok    plugin   exec ", "ok    plugin   echo 1.0\n"}) {
        CHECK(has(said, line));
    }
    CHECK_FALSE(fs::exists(house / ".local"));
    CHECK(has(house.ctl({"doctor", "--json"}), R"({"v":1,"check":"state","result":"ok",)"));
}

TEST_CASE("doctor recounts, and tells of batches that wait for a batchd", "[cli][doctor]") {
    const House house;
    house.ctl({"submit", "--args", "a", "--", "true"});
    const Said said = house.ctl({"doctor"});
    CHECK(has(said, fmt::format("ok    state    ~/.local/state/batch/state.db: version {}, ",
                                newest_state_version())));
    CHECK(has(said, ", counters agree\n"));
    CHECK(has(said,
              "warn  batchd   not running; 1 batch waits for it\n"
              "      mend     batchd\n"));
}

TEST_CASE("doctor knows a batchd that works", "[cli][doctor]") {
    const House house;
    house.ctl({"submit", "--args", "a", "--", "true"});
    const auto lock = FileLock::try_lock(house / ".local/state/batch/state.db.lock", "batchd");
    CHECK(has(house.ctl({"doctor"}),
              fmt::format("ok    batchd   running: pid {}, version ", ::getpid())));
}

TEST_CASE("doctor minds what others may read", "[cli][doctor]") {
    const House house;
    house.ctl({"submit", "--args", "a", "--", "true"});
    fs::permissions(house / ".local/state/batch", fs::perms(0755));
    const Said said = house.ctl({"doctor", "-q"});
    CHECK(has(said, "warn  state    ~/.local/state/batch may be read by others (mode 755)"));
    CHECK(has(said, "      mend     chmod go= "));
    CHECK_FALSE(has(said, "ok    "));
}

TEST_CASE("doctor finds plugins and templates that do not work", "[cli][doctor]") {
    const House house;
    house.write_program("plugins/sick", "#!/bin/sh\necho oh dear >&2; exit 3\n");
    house.write(".config/batch/config.toml",
                "plugins.path = [\"" + (house / "plugins").string() + "\"]\n");
    const Said said = house.ctl({"doctor"});
    CHECK(said.code == 1);
    CHECK(
        has(said, "FAIL  plugin   plugin sick: it does not describe itself: exit code 3: oh dear"));
    CHECK(said.err.starts_with("1 problem"));
}

TEST_CASE("doctor tells of batches that batchd paused", "[cli][doctor]") {
    const House house;
    house.ctl({"submit", "--args", "a", "--", "true"});
    const Batch batch = house.batch();
    house.store()->steering().pause(batch.no, {"config", "it needs a key", ""});
    const Said said = house.ctl({"doctor"});
    CHECK(said.code == 1);
    CHECK(
        has(said, "FAIL  batch    " + short_id(batch.id) + " (true) is paused: it needs a key\n"));
}

TEST_CASE("doctor says what is wrong with the configuration", "[cli][doctor]") {
    const House house;
    house.write(".config/batch/config.toml", "nonsense = 1\n");
    const Said said = house.ctl({"doctor"});
    CHECK(said.code == 1);
    CHECK(said.out.starts_with("FAIL  config   "));
}

TEST_CASE("doctor says what a state file is that is none", "[cli][doctor]") {
    const House house;
    house.write(".local/state/batch/state.db", std::string(5'000, 'x'));
    const Said said = house.ctl({"doctor"});
    CHECK(said.code == 1);
    CHECK(has(said, "FAIL  state    "));
}
