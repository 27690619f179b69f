#include "core/store/sqlite/ending.hpp"
#include "core/store/store.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using batch::testing::TempFolder;

TEST_CASE("of a batch that was removed meanwhile nothing is ended", "[store][sqlite]") {
    const TempFolder folder;
    open_store(folder / "state.db", OpenMode::own);
    sqlite::Connection connection(folder / "state.db", sqlite::Rights::write);
    CHECK_NOTHROW(sqlite::end_untold(connection, 7));
    CHECK_NOTHROW(sqlite::end_waiting(connection, 7));
}
