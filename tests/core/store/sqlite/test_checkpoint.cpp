#include "core/os/lock.hpp"
#include "core/store/sqlite/checkpoint.hpp"
#include "core/store/sqlite/opening.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

namespace batch::testing {
namespace {

TEST_CASE("a checkpoint empties the log", "[store]") {
    State state;
    submit(*state.store, 100);
    CHECK(state.store->working().wal_bytes() > 0);
    CHECK(state.store->working().checkpoint());
    CHECK(state.store->working().wal_bytes() == 0);
}

TEST_CASE("closing leaves the log to the holder of the lock", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    submit(*open_store(path, OpenMode::read_or_create), 100);
    CHECK(std::filesystem::file_size(path.string() + "-wal") > 0);
}

// What SQLite 3.40 does without our interrupt: it gives up the writer's lock, goes on all the same
// and changes the main file (protocol.md, checkpoints).
TEST_CASE("a checkpoint that meets a writer changes nothing", "[store]") {
    State state;
    submit(*state.store, 100);
    const auto size = std::filesystem::file_size(state.path);
    const auto other = sqlite::open_file(state.path, OpenMode::read_or_create);
    {
        sqlite::Transaction writing(*other, sqlite::Access::write);
        const auto since = BootClock::now();
        CHECK_FALSE(state.store->working().checkpoint());
        CHECK(BootClock::now() - since < std::chrono::seconds(2));
        CHECK(std::filesystem::file_size(state.path) == size);
    }
    CHECK(state.store->working().checkpoint());
    CHECK(std::filesystem::file_size(state.path) > size);
}

TEST_CASE("the interrupt is what ends a checkpoint that meets a writer", "[store]") {
    State state;
    submit(*state.store, 100);
    const auto mine = sqlite::open_file(state.path, OpenMode::own);
    const auto other = sqlite::open_file(state.path, OpenMode::read_or_create);
    const sqlite::Transaction writing(*other, sqlite::Access::write);
    mine->patience() = {.limit = Millis(20), .interrupt = mine->database().getHandle()};
    const int code = sqlite3_wal_checkpoint_v2(mine->database().getHandle(), "main",
                                               SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    CHECK(code == SQLITE_INTERRUPT);
}

TEST_CASE("a checkpoint that meets a reader is tried again later", "[store]") {
    State state;
    submit(*state.store, 100);
    const auto other = sqlite::open_file(state.path, OpenMode::read_or_create);
    {
        const sqlite::Transaction reading(*other, sqlite::Access::read);
        CHECK(other->query("SELECT count(*) FROM batch").next_integer() == 1);
        submit(*state.store, 100);
        CHECK_FALSE(state.store->working().checkpoint());
    }
    CHECK(state.store->working().checkpoint());
    CHECK_NOTHROW(submit(*state.store, 1));
}

TEST_CASE("a large submit keeps the log small when nobody holds the lock", "[store]") {
    State state;
    NewBatch batch = new_batch();
    const auto draft = state.store->submitting().draft(std::move(batch));
    for (int i = 0; i < 60; ++i) {
        draft->add({.payload = std::string(1'000'000, 'x')});
    }
    CHECK(state.store->working().wal_bytes() < 2 * large_wal);
    draft->publish("large");
    CHECK(state.store->working().wal_bytes() < sqlite::checkpoint_at_end);
}

TEST_CASE("a large submit leaves the log to the batchd that is there", "[store]") {
    State state;
    const auto lock = FileLock::try_lock(StatePaths{state.path}.lock(), "batchd");
    const auto draft = state.store->submitting().draft(new_batch());
    for (int i = 0; i < 30; ++i) {
        draft->add({.payload = std::string(1'000'000, 'x')});
    }
    draft->publish("large");
    CHECK(state.store->working().wal_bytes() > 30'000'000);
}

}  // namespace
}  // namespace batch::testing
