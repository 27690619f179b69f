#include "core/base/error.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

TEST_CASE("a plain path and a sqlite: one open the same state", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    const std::string id = open_store(path, OpenMode::read_or_create)->state_id();
    CHECK(open_store("sqlite:" + path.string(), OpenMode::own)->state_id() == id);
    CHECK(id.size() == 8);
}

TEST_CASE("an unknown scheme is named", "[store]") {
    CHECK_THROWS_WITH(open_store("mysql://db1/batch", OpenMode::own),
                      "the state \"mysql://db1/batch\" begins with no known scheme");
}

TEST_CASE("a colon in a path is no scheme", "[store]") {
    const TempFolder folder;
    CHECK_NOTHROW(open_store(folder / "a:b" / "state.db", OpenMode::own));
    CHECK(std::filesystem::exists(folder / "a:b" / "state.db"));
}

TEST_CASE("the files beside the state are named after it", "[store]") {
    const StatePaths paths{"/var/lib/batch/state.db"};
    CHECK(paths.lock() == "/var/lib/batch/state.db.lock");
    CHECK(paths.bell() == "/var/lib/batch/state.db.bell");
    CHECK(paths.log() == "/var/lib/batch/state.db.log");
    CHECK(paths.outputs() == "/var/lib/batch/outputs");
}

}  // namespace
}  // namespace batch::testing
