#include "core/base/error.hpp"
#include "core/store/sqlite/opening.hpp"
#include "core/store/sqlite/schema.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

TEST_CASE("a done item cannot be changed, only deleted", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 2);
    const auto chunk = state.claim(no).value();
    state.finish(chunk);
    const auto connection = sqlite::open_file(state.path, OpenMode::own);
    for (const char* change : {"UPDATE result SET status = 4", "UPDATE result SET output = 'x'",
                               "UPDATE OR REPLACE result SET id = 1"}) {
        CHECK_THROWS_WITH(connection->execute(change),
                          Catch::Contains("a done item never changes"));
    }
    CHECK_NOTHROW(connection->execute("DELETE FROM result"));
}

TEST_CASE("every table is strict", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    CHECK(connection
              ->query("SELECT group_concat(name) FROM pragma_table_list WHERE strict = 0 "
                      "AND schema = 'main' AND name NOT LIKE 'sqlite_%'")
              .next_text()
              .empty());
}

TEST_CASE("versions follow each other", "[store]") {
    int expected = 0;
    for (const auto& step : sqlite::migrations()) {
        CHECK(step.version == ++expected);
    }
    CHECK(sqlite::newest_version() == expected);
}

}  // namespace
}  // namespace batch::testing
