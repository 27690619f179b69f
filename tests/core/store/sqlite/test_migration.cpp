#include "core/base/error.hpp"
#include "core/os/lock.hpp"
#include "core/store/sqlite/migration.hpp"
#include "core/store/sqlite/opening.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>

namespace batch::testing {
namespace {

using sqlite::Migration;

std::array<Migration, 2> two_steps() {
    return std::array{
        sqlite::migrations()[0],
        Migration{.version = 2, .sql = "ALTER TABLE batch ADD COLUMN priority INTEGER"}};
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
    sqlite::migrate(*connection, OpenMode::own, {}, two_steps());
    CHECK(sqlite::version_of(*connection) == 2);

    REQUIRE(copies(folder).size() == 1);
    const std::string copy = copies(folder).front();
    CHECK(copy.starts_with("state.db.v1-20"));
    CHECK(copy.size() == std::string("state.db.v3-20261122T185002Z").size());
    CHECK(items_of(*open_store(folder / copy, OpenMode::own), 1).size() == 3);
}

TEST_CASE("beside a batchd that works on it an older file is not migrated", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    const auto connection = sqlite::open_file(path, OpenMode::own);
    const auto lock = FileLock::try_lock(StatePaths{path}.lock(), "batchd");
    CHECK_THROWS_WITH(sqlite::migrate(*connection, OpenMode::read_or_create, {}, two_steps()),
                      Catch::StartsWith("state.db is version 2 and in use by batchd"));
    CHECK(sqlite::version_of(*connection) == 1);
    CHECK(copies(folder).empty());
}

TEST_CASE("without a batchd any program migrates", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    sqlite::migrate(*connection, OpenMode::read_or_create, {}, two_steps());
    CHECK(sqlite::version_of(*connection) == 2);
}

TEST_CASE("a migration that fails changes nothing", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    auto steps = two_steps();
    steps[1].sql = "ALTER TABLE batch ADD COLUMN priority INTEGER; SELECT nonsense";
    CHECK_THROWS_AS(sqlite::migrate(*connection, OpenMode::own, {}, steps), Error);
    CHECK(sqlite::version_of(*connection) == 1);
    CHECK_NOTHROW(submit(*open_store(folder / "state.db", OpenMode::own), 1));
}

TEST_CASE("a newer file is named and not touched", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    sqlite::open_file(path, OpenMode::own)
        ->execute("PRAGMA user_version=4; UPDATE state SET written_by='1.1.0'");
    try {
        open_store(path, OpenMode::read_or_create);
        FAIL("opened");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::state);
        CHECK(error.code() == "state_newer");
        CHECK(error.what() ==
              std::string("state.db is version 4, written by 1.1.0; this batchctl " BATCH_VERSION
                          " knows up to 1 and has not touched it"));
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
