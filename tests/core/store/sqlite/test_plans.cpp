// The planner has chosen to walk over whole tables before; a test is cheaper than a million rows.

#include "core/store/sqlite/sqlite_store.hpp"
#include "tests/support/state.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <set>

namespace batch::testing {
namespace {

// Runs through everything but check(), which does look at every row.
void use_everything(State& state) {
    Store& store = *state.store;
    NewBatch named = new_batch();
    named.key = "nightly";
    named.plan.steps[0].template_ref = {.name = "card.html", .sha256 = "abc"};
    const BatchNo no = submit(store, 20, named);
    submit(store, 20, named);
    const BatchNo other = submit(store, 6'000);
    const auto chunk = state.claim(no, 5).value();
    const ItemError error = item_error();
    {
        const auto work = store.working().begin();
        work->finish(chunk.claim, {.id = chunk.items[0].id});
        work->finish(chunk.claim,
                     {.id = chunk.items[1].id, .status = ItemStatus::failed, .error = &error});
        work->put_back(chunk.claim, {.id = chunk.items[2].id, .error = &error});
        work->log(chunk.items[0].id, {.stream = "err", .text = "hello"});
        work->commit();
    }
    store.steering().cancel_items(no, {{4, 4}, {15, 15}});
    const auto retries = state.claim(no, 8).value();
    {
        const auto work = store.working().begin();
        work->put_back(retries.claim, {.id = retries.items[0].id});
        work->put_back(chunk.claim, {.id = chunk.items[4].id});
        work->hold_back(other);
        work->release(retries.claim);
        work->commit();
    }
    state.claim(no, 3);
    state.claim(no, 3);
    store.working().cancel_marks();
    store.working().open_batches(now(), 10);
    store.working().is_claimable(no, now());
    store.working().next_due(now());
    store.working().take_over(daemon_row(), {});
    store.working().alone_next(now());
    store.working().left_by_others();
    store.working().shorten_waits();
    store.steering().pause(no, {.code = "paused"});
    store.steering().resume(no);
    store.steering().confirm({{no, 1}});
    store.steering().cancel(no, {.code = "cancelled"});
    store.steering().retry(no, {});
    store.steering().cancel(no, {.code = "cancelled"});
    store.steering().retry(no, {.status = ItemStatus::cancelled, .cause = "exit_1"});
    store.steering().cancel(other, {.code = "cancelled"});
    store.steering().remove(other, Steering::Keep::key);
    for (const ItemStatus status : {ItemStatus::pending, ItemStatus::running, ItemStatus::done,
                                    ItemStatus::failed, ItemStatus::cancelled}) {
        items_of(store, no, {.statuses = {status}});
    }
    items_of(store, no, {.with_payload = true, .with_output = true});
    store.reading().logs(no, {}, [](const LogLine&) { return true; });
    store.reading().new_logs(no, {.after = 1}, [](const LogLine&) { return true; });
    store.reading().last_log();
    store.reading().batches({});
    store.reading().batches({.since = now()});
    store.reading().batches({.statuses = {BatchStatus::queued}});
    store.reading().batches({.paused_by = "login"});
    for (const char* name : {"@last", "key=nightly", "0000", "00000000"}) {
        store.reading().fitting(name, 0, 10);
    }
    store.submitting().keep_template({.name = "card.html", .source = "x"});
    store.submitting().add_template({.name = "card", .source = "x"});
    store.submitting().remove_template("card", std::nullopt);
}

std::vector<std::string> statements_of(sqlite3* handle) {
    std::vector<std::string> statements;
    for (sqlite3_stmt* statement = sqlite3_next_stmt(handle, nullptr); statement != nullptr;
         statement = sqlite3_next_stmt(handle, statement)) {
        statements.emplace_back(sqlite3_sql(statement));
    }
    return statements;
}

// "SCAN item", "SEARCH result USING INTEGER PRIMARY KEY (rowid=?)", ...
std::vector<std::string> plan_of_statement(SQLite::Database& database, const std::string& sql) {
    std::vector<std::string> lines;
    SQLite::Statement explain(database, "EXPLAIN QUERY PLAN " + sql);
    while (explain.executeStep()) {
        lines.push_back(explain.getColumn(3).getString());
    }
    return lines;
}

TEST_CASE("no statement walks over items, results or retries", "[store]") {
    State state;
    auto& store = dynamic_cast<sqlite::SqliteStore&>(*state.store);
    use_everything(state);
    auto& database = store.connection().database();
    const auto statements = statements_of(database.getHandle());
    CHECK(statements.size() > 80);
    for (const std::string& sql : statements) {
        for (const std::string& line : plan_of_statement(database, sql)) {
            INFO(sql << "\n  " << line);
            // A cancel_mark is there only for an item at work.
            for (const char* table :
                 {"item", "result", "retry", "suffix", "log", "event", "template_use"}) {
                CHECK_FALSE(line.starts_with("SCAN " + std::string(table)));
            }
        }
    }
}

TEST_CASE("a sweep takes the first of an index and sorts nothing", "[store]") {
    State state;
    auto& store = dynamic_cast<sqlite::SqliteStore&>(*state.store);
    use_everything(state);
    auto& database = store.connection().database();
    int seen = 0;
    for (const std::string& sql : statements_of(database.getHandle())) {
        for (const char* index : {"batch_fresh", "batch_held", "batch_retry"}) {
            if (sql.find(index) != std::string::npos) {
                ++seen;
                INFO(sql);
                CHECK(plan_of_statement(database, sql).size() == 1);
            }
        }
    }
    CHECK(seen == 5);
}

TEST_CASE("the statements of the item path search by the key", "[store]") {
    State state;
    auto& store = dynamic_cast<sqlite::SqliteStore&>(*state.store);
    use_everything(state);
    auto& database = store.connection().database();
    std::set<std::string> found;
    for (const std::string& sql : statements_of(database.getHandle())) {
        for (const std::string& line : plan_of_statement(database, sql)) {
            found.insert(line);
        }
    }
    for (const char* line : {
             "SEARCH item USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
             "SEARCH result USING INTEGER PRIMARY KEY (rowid=?)",
             "SEARCH retry USING INDEX retry_waiting (<expr>=? AND due<?)",
             "SEARCH retry USING INDEX retry_taken (claim=?)",
             "SEARCH batch USING INDEX batch_fresh (priority=?)",
             "SEARCH batch USING INDEX batch_held (backoff_until>? AND backoff_until<?)",
             "SEARCH batch USING INDEX batch_held (backoff_until>?)",
             "SEARCH batch USING INDEX batch_retry (<expr><?)",
             "SEARCH batch USING INDEX batch_retry (<expr>>?)",
         }) {
        INFO(line);
        CHECK(found.contains(line));
    }
}

}  // namespace
}  // namespace batch::testing
