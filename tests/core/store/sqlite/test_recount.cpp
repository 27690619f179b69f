#include "core/store/sqlite/recount.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>
#include <fmt/core.h>

namespace batch::testing {
namespace {

using Differences = std::vector<std::string>;

TEST_CASE("a counter that is wrong is found", "[store]") {
    State state;
    auto& connection = dynamic_cast<sqlite::SqliteStore&>(*state.store).connection();
    const BatchNo no = submit(*state.store, 10);
    state.finish(*state.claim(no, 5));
    state.finish(*state.claim(no, 1), ItemStatus::failed);
    CHECK(sqlite::recount(connection, no).empty());

    connection.execute("UPDATE batch SET done = 4");
    CHECK(sqlite::recount(connection, no) ==
          Differences{"5 done items are counted as 4", "0 running items are counted as 1"});
    connection.execute("UPDATE batch SET done = 5, status = 3");
    CHECK(sqlite::recount(connection, no) ==
          Differences{"the status is done, but running follows from the items"});
    connection.execute("UPDATE batch SET status = 2; UPDATE failure SET count = 7");
    CHECK(sqlite::recount(connection, no) == Differences{"the counts per error code differ"});
    connection.execute("UPDATE failure SET count = 1; DELETE FROM item WHERE id & 0xffffffff = 9");
    CHECK(sqlite::recount(connection, no) == Differences{"9 items are counted as 10"});
}

TEST_CASE("items that a damaged file has lost are passed over", "[store]") {
    State state;
    auto& connection = dynamic_cast<sqlite::SqliteStore&>(*state.store).connection();
    const BatchNo no = submit(*state.store, 10);
    state.finish(*state.claim(no, 5), ItemStatus::failed);
    connection.execute("DELETE FROM item");
    std::size_t seen = 0;
    state.store->reading().items(no, {}, [&seen](const Item&) { return ++seen > 0; });
    CHECK(seen == 0);
}

TEST_CASE("doctor says what it found and what to do", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 3);
    auto findings = state.store->check();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].ok);
    CHECK_THAT(findings[0].message,
               Catch::StartsWith(fmt::format("version {}, ", newest_state_version())) &&
                   Catch::EndsWith(", counters agree"));

    auto& connection = dynamic_cast<sqlite::SqliteStore&>(*state.store).connection();
    connection.execute("UPDATE batch SET total = 4");
    findings = state.store->check();
    REQUIRE(findings.size() == 1);
    CHECK_FALSE(findings[0].ok);
    const std::string id = short_id(state.store->reading().batch(no)->id);
    CHECK(findings[0].message == id + ": 3 items are counted as 4");
    CHECK_FALSE(findings[0].mend.empty());

    connection.execute("UPDATE batch SET total = 3; DELETE FROM batch");
    findings = state.store->check();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].message == "rows are left of batches that are gone: 1");
}

}  // namespace
}  // namespace batch::testing
