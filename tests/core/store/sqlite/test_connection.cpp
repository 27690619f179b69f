#include "core/base/error.hpp"
#include "core/store/sqlite/connection.hpp"
#include "core/store/sqlite/opening.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

namespace batch::testing {
namespace {

using sqlite::Access;
using sqlite::Connection;
using sqlite::Transaction;

Connection& connection_of(Store& store) {
    return dynamic_cast<sqlite::SqliteStore&>(store).connection();
}

TEST_CASE("a lock that stays is given up with its reason", "[store]") {
    State state;
    const auto other = sqlite::open_file(state.path, OpenMode::read_or_create);
    const Transaction writing(*other, Access::write);
    connection_of(*state.store).patience().limit = Millis(20);
    try {
        submit(*state.store, 1);
        FAIL("stored");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::state);
        CHECK(error.code() == "state_locked");
        CHECK_THAT(error.what(), Catch::EndsWith("; nothing was stored"));
    }
}

TEST_CASE("a lock that goes is waited for", "[store]") {
    State state;
    const auto other = sqlite::open_file(state.path, OpenMode::read_or_create);
    auto writing = std::make_unique<Transaction>(*other, Access::write);
    std::atomic<bool> begun = false;
    std::jthread submitter([&begun, path = state.path] {
        const auto store = open_store(path, OpenMode::read_or_create);
        begun = true;
        submit(*store, 1);
    });
    while (!begun) {
        std::this_thread::yield();
    }
    writing.reset();
    submitter.join();
    CHECK(state.store->reading().batches({}).size() == 1);
}

TEST_CASE("a full disk is said, and the state stays whole", "[store]") {
    State state;
    submit(*state.store, 10);
    connection_of(*state.store).execute("PRAGMA max_page_count = 60");
    const auto rows = GENERATE(8'000, 30'000);
    try {
        submit(*state.store, rows);
        FAIL("stored");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::state);
        CHECK(error.code() == "disk_full");
        CHECK_THAT(error.what(),
                   Catch::StartsWith("no space left for " + state.path.string() + " (") &&
                       Catch::EndsWith(" free); nothing was stored"));
        CHECK(error.hint() == "make room: batchctl prune --older-than 30d");
    }
    CHECK(state.store->reading().batches({}).size() == 1);
    CHECK(state.store->check().front().ok);
}

// Without the pauses and the busy handler of our own a commit waits for the whole submit
// (hotpath.md trap 2: two seconds and more).
TEST_CASE("a large submit lets a working daemon commit", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 20'000);
    std::atomic<bool> over = false;
    std::jthread submitter([&over, path = state.path] {
        submit(*open_store(path, OpenMode::read_or_create), 60'000);
        over = true;
    });
    BootClock::duration worst{};
    int commits = 0;
    while (!over) {
        const auto since = BootClock::now();
        if (const auto chunk = state.claim(no, 100)) {
            state.finish(*chunk);
            commits += 2;
        }
        worst = std::max(worst, BootClock::now() - since);
    }
    CHECK(commits > 4);
    CHECK(worst < std::chrono::milliseconds(700));
}

TEST_CASE("what was read may be looked at within a transaction of the daemon", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 3);
    const auto work = state.store->working().begin();
    CHECK(work->claim(no, 1, 100));
    CHECK(state.store->reading().batch(no)->counts.total == 3);
    work->commit();
    CHECK(counts_of(*state.store, no).running == 1);
}

TEST_CASE("texts keep their bytes, empty ones and zeros too", "[store]") {
    const TempFolder folder;
    const auto connection = sqlite::open_file(folder / "state.db", OpenMode::own);
    const std::string text("a\0b\xc3\xa4", 5);
    connection->run(
        "INSERT INTO state(one, id, written_by) VALUES(1, '', '') "
        "ON CONFLICT DO UPDATE SET id = ?1, written_by = ?2",
        text, std::string());
    auto row = connection->query("SELECT id, written_by, NULL FROM state");
    REQUIRE(row.next());
    CHECK(row.text(0) == text);
    CHECK(row.text(1).empty());
    CHECK_FALSE(row.is_null(1));
    CHECK(row.is_null(2));
    CHECK(row.text(2).empty());
}

}  // namespace
}  // namespace batch::testing
