#include "core/store/sqlite/opening.hpp"
#include "core/store/sqlite/rescue.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "core/store/sqlite/writer.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace batch::testing {
namespace {

std::int64_t count(Store& store, const char* sql) {
    return dynamic_cast<sqlite::SqliteStore&>(store).connection().query(sql).next_integer();
}

constexpr const char* all_items = "SELECT count(*) FROM item";
constexpr const char* all_batches = "SELECT count(*) FROM batch";
constexpr const char* all_writers = "SELECT count(*) FROM writer";

// Does it in a process that then ends as by kill -9: without any destructor.
void and_die(const std::function<void()>& action) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        action();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
}

TEST_CASE("the draft of a submitter that died goes when a daemon starts", "[store]") {
    const TempFolder folder;
    const auto path = folder / "state.db";
    and_die([&path] {
        const auto store = open_store(path, OpenMode::read_or_create);
        const auto draft = store->submitting().draft(new_batch());
        for (int i = 0; i < 20'000; ++i) {
            draft->add({.payload = "{}"});
        }
        _exit(0);
    });
    const auto store = open_store(path, OpenMode::own);
    CHECK(count(*store, all_items) > 10'000);
    CHECK(store->reading().batches({}).empty());
    CHECK_FALSE(store->check().front().ok);
    store->working().take_over(daemon_row(), {});
    CHECK(count(*store, all_items) == 0);
    CHECK(count(*store, all_batches) == 0);
    CHECK(count(*store, all_writers) == 0);
    CHECK(store->check().front().ok);
}

TEST_CASE("the draft of a submitter that lives is left alone", "[store]") {
    State state;
    const auto submitter = state.another();
    const auto draft = submitter->submitting().draft(new_batch());
    for (int i = 0; i < 20'000; ++i) {
        draft->add({.payload = "{}"});
    }
    state.restart();
    const BatchNo no = draft->publish("digest").no;
    CHECK(counts_of(*state.store, no).pending == 20'000);
    CHECK(state.store->check().front().ok);
}

TEST_CASE("a removal that died half-way is finished by the next daemon", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 12'000);
    state.finish(*state.claim(no, 20'000));
    and_die([&state, no] {
        const auto connection = sqlite::open_file(state.path, OpenMode::read_or_create);
        sqlite::Transaction transaction(*connection, sqlite::Access::write);
        connection->run("UPDATE batch SET status = -1 WHERE no = ?1", no);
        connection->run("DELETE FROM item WHERE id & 0xffffffff >= 7000");
        connection->run("DELETE FROM result WHERE id & 0xffffffff >= 7000");
        sqlite::note_writer(*connection, no, sqlite::removing);
        transaction.commit();
    });
    CHECK_FALSE(state.store->reading().batch(no));
    state.restart();
    CHECK(count(*state.store, all_items) == 0);
    CHECK(count(*state.store, "SELECT count(*) FROM result") == 0);
    CHECK(count(*state.store, all_batches) == 0);
}

TEST_CASE("a retry that died half-way lets go what it had taken back", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 10);
    state.finish(*state.claim(no), ItemStatus::failed);
    and_die([&state, no] {
        const auto connection = sqlite::open_file(state.path, OpenMode::read_or_create);
        sqlite::Transaction transaction(*connection, sqlite::Access::write);
        connection->run(
            "INSERT INTO retry(id, due, attempts) SELECT id, 0, 1 FROM result "
            "WHERE id & 0xffffffff < 4");
        connection->run("DELETE FROM result WHERE id & 0xffffffff < 4");
        connection->run("UPDATE batch SET failed = 6, waiting = 4 WHERE no = ?1", no);
        connection->run("UPDATE failure SET count = 6");
        sqlite::note_writer(*connection, no, sqlite::retrying);
        transaction.commit();
    });
    CHECK(state.store->reading().batch(no)->status == BatchStatus::failed);
    CHECK_FALSE(state.claim(no));

    const auto open = state.store->working().open_batches(now(), 10);
    REQUIRE(open.size() == 1);
    CHECK(open[0].no == no);
    CHECK(state.claim(no)->items.size() == 4);
    CHECK(state.store->check().front().ok);
}

TEST_CASE("a cancel that died before its last slice is finished", "[store]") {
    State state;
    const BatchNo no = submit(*state.store, 4);
    const ItemError error = item_error();
    state.put_back(state.claim(no, 3).value(), &error);
    and_die([&state, no] {
        const auto connection = sqlite::open_file(state.path, OpenMode::read_or_create);
        connection->run(
            "UPDATE batch SET abort_reason = '{\"code\":\"cancelled\"}', next = 4, "
            "waiting = 0, cancelled = 4, status = 5 WHERE no = ?1",
            no);
    });
    CHECK(state.store->check().front().ok);
    CHECK(items_of(*state.store, no, {.statuses = {ItemStatus::cancelled}}).size() == 4);
    state.restart();
    CHECK(count(*state.store, "SELECT count(*) FROM retry") == 0);
    CHECK(items_of(*state.store, no)[0].attempts == 1);
    CHECK(state.store->check().front().ok);
}

TEST_CASE("keys of pruned batches are kept for 30 days", "[store]") {
    State state;
    NewBatch batch = new_batch();
    batch.key = "nightly";
    state.store->steering().remove(submit(*state.store, 0, batch), Steering::Keep::key);
    dynamic_cast<sqlite::SqliteStore&>(*state.store)
        .connection()
        .execute("UPDATE key SET until = until - 31 * 24 * 3600 * 1000");
    batch.id = uuid_v7(now());
    const auto draft = state.store->submitting().draft(batch);
    CHECK(draft->publish("other").created);
}

}  // namespace
}  // namespace batch::testing
