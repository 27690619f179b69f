// A daemon that works and a person who steers, each with a connection of its own.

#include "core/base/error.hpp"
#include "core/store/sqlite/sqlite_store.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>

namespace batch::testing {
namespace {

// Works off all that can be claimed; some items fail, some come back.
class Worker {
public:
    explicit Worker(Store& store) : store_(store) {}

    bool work_on(BatchNo no) {
        const auto work = store_.working().begin();
        if (chunk_) {
            settle(*work);
        }
        chunk_ = work->claim(no, 500, 1'000'000);
        work->commit();
        return chunk_.has_value();
    }

private:
    void settle(Work& work) {
        const ItemError error = item_error();
        for (const Claimed& item : chunk_->items) {
            const auto outcome = random_() % 10;
            if (outcome == 0) {
                work.put_back(chunk_->claim, {.id = item.id, .attempts = item.attempts + 1});
            } else {
                const bool fails = outcome < 4;
                work.finish(chunk_->claim, {.id = item.id,
                                            .status = fails ? ItemStatus::failed : ItemStatus::done,
                                            .error = fails ? &error : nullptr});
            }
        }
        work.release(chunk_->claim);
    }

    Store& store_;
    std::optional<Chunk> chunk_;
    std::mt19937 random_{7};
};

class Person {
public:
    Person(Store& store, BatchNo no) : steering_(store.steering()), no_(no) {}

    void act() {
        const auto first = static_cast<ItemIndex>(random_() % 12'000);
        try {
            switch (random_() % 6) {
                case 0: steering_.pause(no_, {.code = "paused"}); break;
                case 1: steering_.cancel_items(no_, {{first, first + 40}}); break;
                case 2: steering_.cancel(no_, {.code = "cancelled"}); break;
                case 3: steering_.retry(no_, {}); break;
                case 4: steering_.retry(no_, {.status = ItemStatus::cancelled}); break;
                default: steering_.resume(no_); break;
            }
        } catch (const Error& error) {
            refused_ += error.kind() == ErrorKind::conflict ? 1 : 0;
            broken_ += error.kind() == ErrorKind::conflict ? 0 : 1;
        }
    }

    int broken() const { return broken_; }

private:
    Steering& steering_;
    BatchNo no_;
    std::mt19937 random_{11};
    int refused_ = 0;
    int broken_ = 0;
};

// SQLite gives up at once where a transaction that has begun with reading wants to write and
// another writes (SQLITE_BUSY, whatever the busy handler says).  So one that writes has the lock
// for it from its begin on.
class Upgrades {
public:
    explicit Upgrades(Store& store) {
        auto& database = dynamic_cast<sqlite::SqliteStore&>(store).connection().database();
        ::sqlite3_trace_v2(database.getHandle(), SQLITE_TRACE_STMT, look, this);
    }

    std::atomic<int> writes = 0;  ///< in transactions of several statements
    std::atomic<int> found = 0;

private:
    static int look(unsigned, void* self, void* about, void*) {
        auto* const statement = static_cast<sqlite3_stmt*>(about);
        sqlite3* const database = ::sqlite3_db_handle(statement);
        if (::sqlite3_get_autocommit(database) == 0 && ::sqlite3_stmt_readonly(statement) == 0) {
            auto& upgrades = *static_cast<Upgrades*>(self);
            ++upgrades.writes;
            upgrades.found += ::sqlite3_txn_state(database, "main") == SQLITE_TXN_WRITE ? 0 : 1;
        }
        return 0;
    }
};

TEST_CASE("nothing a person does at the same time confuses the counts", "[store]") {
    State state;
    Upgrades of_daemon(*state.store);
    const BatchNo no = submit(*state.store, 12'000);
    std::atomic<bool> over = false;
    std::jthread daemon([&] {
        Worker worker(*state.store);
        while (!over || worker.work_on(no)) {
            worker.work_on(no);
        }
    });
    const auto batchctl = state.another();
    Upgrades of_person(*batchctl);
    Person person(*batchctl, no);
    for (int i = 0; i < 60; ++i) {
        person.act();
    }
    over = true;
    daemon.join();
    CHECK(person.broken() == 0);
    CHECK(of_daemon.writes > 1'000);
    CHECK(of_person.writes > 10);
    CHECK(of_daemon.found + of_person.found == 0);
    for (const StoreFinding& finding : state.store->check()) {
        INFO(finding.message);
        CHECK(finding.ok);
    }
    const auto items = items_of(*state.store, no);
    CHECK(std::ranges::count(items, ItemStatus::running, &Item::status) == 0);
}

}  // namespace
}  // namespace batch::testing
