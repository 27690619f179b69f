#include "tests/cli/stage.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace batch;
using namespace batch::testing;

namespace {

/// The candidates alone, and the number of the last line.
std::string offered(const House& house, std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    const Said said = house.ctl(words);
    CHECK(said.code == 0);
    CHECK(said.err.empty());
    std::string out;
    std::size_t from = 0;
    while (from < said.out.size()) {
        const auto end = said.out.find('\n', from);
        const std::string line = said.out.substr(from, end - from);
        out += line.substr(0, line.find('\t')) + " ";
        from = end + 1;
    }
    return out;
}

}  // namespace

TEST_CASE("commands, verbs and options are offered", "[cli][complete]") {
    const House house;
    CHECK(offered(house, {"re"}) == "results resume retry :4 ");
    CHECK(offered(house, {"template", "l"}) == "list lint :4 ");
    CHECK(offered(house, {"items", "x", "--l"}) == "--limit :4 ");
    CHECK(offered(house, {"--no-h"}) == "--no-header :4 ");
    CHECK(offered(house, {"help", "exit"}) == "exit-codes :4 ");
    CHECK(offered(house, {"completion", ""}) == "bash zsh fish :4 ");
    CHECK_FALSE(std::filesystem::exists(house / ".local"));
}

TEST_CASE("values are offered where an option has few", "[cli][complete]") {
    const House house;
    CHECK(offered(house, {"items", "x", "--status", "f"}) == "failed :4 ");
    CHECK(offered(house, {"items", "x", "--status", "done,f"}) == "done,failed :4 ");
    CHECK(offered(house, {"retry", "x", "--status", ""}) == "failed cancelled :4 ");
    CHECK(offered(house, {"prune", "--status="}) ==
          "--status=done --status=failed --status=aborted :4 ");
    CHECK(offered(house, {"status", "--fields", "id,sub"}) == "id,submitted_at :4 ");
    CHECK(offered(house, {"results", "x", "--on-collision", "s"}) == "suffix :4 ");
    CHECK(offered(house, {"status", "--color", "a"}) == "auto always :4 ");
    CHECK(offered(house, {"results", "x", "--save", ""}) == ":16 ");
}

TEST_CASE("batches are offered by what can be done to them", "[cli][complete]") {
    Stage stage;
    stage.finish(stage.put("0e4c2a11", "done.csv", 1));
    stage.put("77d2b30c", "open\n.csv", 1, [](NewBatch& batch) { batch.key = "nightly"; });
    CHECK(offered(stage, {"status", ""}) == "77d2b30c @last 0e4c2a11 :4 ");
    CHECK(offered(stage, {"cancel", ""}) == "77d2b30c @last :4 ");
    CHECK(offered(stage, {"retry", ""}) == ":4 ");
    CHECK(offered(stage, {"status", "0e"}) == "0e4c2a11 :4 ");
    CHECK(offered(stage, {"status", "01a20493"}) ==
          id_with("77d2b30c") + " " + id_with("0e4c2a11") + " :4 ");
    CHECK(offered(stage, {"wait", "key="}) == "key=nightly :4 ");
    CHECK(stage.ctl({"__complete", "status", "77"}).out == "77d2b30c\topen\\n.csv, queued\n:4\n");
}

TEST_CASE("whoever types wants no message in between", "[cli][complete]") {
    const House house;
    house.write("broken.toml", "x = ");
    CHECK(offered(house, {"--config", "broken.toml", "status", ""}) == ":4 ");
    CHECK(offered(house, {}) != "");
    CHECK(offered(house, {"nonsense", ""}) == ":4 ");
}
