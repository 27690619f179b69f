#include "core/base/error.hpp"
#include "core/os/file.hpp"
#include "core/os/lock.hpp"
#include "core/store/sqlite/migration.hpp"
#include "core/store/sqlite/opening.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace batch::testing {
namespace {

using sqlite::Migration;

const int newest = sqlite::newest_version();

/// Those there are, and a next one.
std::vector<Migration> one_more(const char* sql = "CREATE TABLE tried(n INTEGER)") {
    std::vector<Migration> steps(sqlite::migrations().begin(), sqlite::migrations().end());
    steps.push_back({.version = newest + 1, .sql = sql});
    return steps;
}

std::vector<std::string> copies(const TempFolder& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("state.db.v")) {
            names.push_back(name);
        }
    }
    return names;
}

TEST_CASE("a migration keeps a copy of what was there", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    submit(*open_store(path, OpenMode::own), 3);
    const auto connection = sqlite::open_file(path, OpenMode::own);
    sqlite::migrate(*connection, OpenMode::own, {}, one_more());
    CHECK(sqlite::version_of(*connection) == newest + 1);

    REQUIRE(copies(folder).size() == 1);
    const std::string copy = copies(folder).front();
    CHECK(copy.starts_with("state.db.v" + std::to_string(newest) + "-20"));
    CHECK(copy.size() == std::string("state.db.v3-20261122T185002Z").size());
    CHECK(items_of(*open_store(folder / copy, OpenMode::own), 1).size() == 3);
}

TEST_CASE("beside a batchd that works on it an older file is not migrated", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    const auto connection = sqlite::open_file(path, OpenMode::own);
    const auto lock = FileLock::try_lock(StatePaths{path}.lock(), "batchd");
    CHECK_THROWS_WITH(sqlite::migrate(*connection, OpenMode::read_or_create, {}, one_more()),
                      Catch::StartsWith("state.db is version " + std::to_string(newest) +
                                        " and in use by batchd"));
    CHECK(sqlite::version_of(*connection) == newest);
    CHECK(copies(folder).empty());
}

TEST_CASE("a file of version 1 has all its batches in the newest", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    {
        atomic_write(path, "");  // which SQLite fills
        sqlite::Connection connection(path, sqlite::Rights::write);
        sqlite::migrate(connection, OpenMode::own, {}, sqlite::migrations().first(1));
        connection.execute(
            "INSERT INTO batch(id, status, created_at, uid, user, name, labels, plan) "
            "VALUES('01a219be-b1fa-77fc-aee1-abc99565d028', 3, 0, 0, 'ada', 'old', '{}', '{}')");
    }
    const auto store = open_store(path, OpenMode::own);
    CHECK(store->schema_version() == newest);
    CHECK(store->reading().batch(1)->priority == Priority::normal);
}

TEST_CASE("the sweep finds what waited in a file of version 2", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    {
        atomic_write(path, "");
        sqlite::Connection connection(path, sqlite::Rights::write);
        sqlite::migrate(connection, OpenMode::own, {}, sqlite::migrations().first(2));
        const char* const insert =
            "INSERT INTO batch(id, status, total, next, waiting, backoff_until, created_at, uid, "
            "user, name, labels, plan) VALUES(?1, 2, 1, ?2, ?2, ?3, 0, 0, 'ada', 'old', '{}', "
            "'{}')";
        connection.run(insert, "01a219be-b1fa-77fc-aee1-abc99565d021", 1, 0);
        connection.run(insert, "01a219be-b1fa-77fc-aee1-abc99565d022", 0, 600);
        connection.run(insert, "01a219be-b1fa-77fc-aee1-abc99565d023", 0, 0);
        connection.run(
            "INSERT INTO retry(id, due, attempts) VALUES((1 << 32), 500, 1), ((1 << 32) + 1, 400, "
            "1)");
    }
    const auto store = open_store(path, OpenMode::own);
    Working& working = store->working();
    CHECK(working.next_due(TimePoint{}) == TimePoint{Millis{400}});
    CHECK(working.next_due(TimePoint{Millis{400}}) == TimePoint{Millis{600}});
    CHECK_FALSE(working.is_claimable(1, TimePoint{Millis{399}}));
    std::vector<BatchNo> found;
    for (const OpenBatch& each : working.open_batches(TimePoint{Millis{600}}, 5)) {
        found.push_back(each.no);
    }
    CHECK(found == std::vector<BatchNo>{2, 1, 3});
}

TEST_CASE("without a batchd any program migrates", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    sqlite::migrate(*connection, OpenMode::read_or_create, {}, one_more());
    CHECK(sqlite::version_of(*connection) == newest + 1);
}

TEST_CASE("a migration that fails changes nothing", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    const auto steps = one_more("CREATE TABLE tried(n INTEGER); SELECT nonsense");
    CHECK_THROWS_AS(sqlite::migrate(*connection, OpenMode::own, {}, steps), Error);
    CHECK(sqlite::version_of(*connection) == newest);
    CHECK_NOTHROW(submit(*open_store(folder / "state.db", OpenMode::own), 1));
}

TEST_CASE("a newer file is named and not touched", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    sqlite::open_file(path, OpenMode::own)
        ->execute("PRAGMA user_version=40; UPDATE state SET written_by='1.1.0'");
    try {
        open_store(path, OpenMode::read_or_create);
        FAIL("opened");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::state);
        CHECK(error.code() == "state_newer");
        CHECK(error.what() ==
              std::string("state.db is version 40, written by 1.1.0; this batchctl " BATCH_VERSION
                          " knows up to ") +
                  std::to_string(newest) + " and has not touched it");
        CHECK(error.hint() == "install 1.1.0 or newer");
    }
    std::filesystem::copy(path, folder / "state.db.v1-20261122T185002Z");
    try {
        open_store(path, OpenMode::own);
        FAIL("opened");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::Contains("this batchd "));
        CHECK(error.hint() == "install 1.1.0 or newer, or go back to the copy: --state " +
                                  path.string() + ".v1-20261122T185002Z");
    }
}

}  // namespace
}  // namespace batch::testing
