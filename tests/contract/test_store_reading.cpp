// What every store must do: what is stored is found again.

#include "tests/contract/any_state.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

using enum ItemStatus;

constexpr std::chrono::hours later{1};

std::vector<ItemStatus> statuses(Store& store, BatchNo no) {
    std::vector<ItemStatus> found;
    for (const Item& item : items_of(store, no)) {
        found.push_back(item.status);
    }
    return found;
}

TEST_CASE("batches are named by both ends of their id, their key and @last", "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch first = new_batch("first");
    first.key = "nightly";
    NewBatch second = new_batch("second");
    submit(store, 1, first);
    submit(store, 1, second);
    const auto names = [&store](std::string_view name) {
        std::vector<std::string> found;
        for (const Batch& batch : store.reading().fitting(name, 1000, 5)) {
            found.push_back(batch.name);
        }
        return found;
    };
    using Names = std::vector<std::string>;
    CHECK(names(first.id) == Names{"first"});
    CHECK(names(short_id(first.id)) == Names{"first"});
    CHECK(names(first.id.substr(first.id.size() - 6)) == Names{"first"});
    CHECK(names(first.id.substr(first.id.size() - 12)) == Names{"first"});
    CHECK(names(first.id.substr(0, 4)) == Names{"second", "first"});
    CHECK(names("key=nightly") == Names{"first"});
    CHECK(names("key=no").empty());
    CHECK(names("@last") == Names{"second"});
    CHECK(names("0e4").empty());
    CHECK(names("%%%%").empty());
    CHECK(store.reading().fitting("@last", 0, 5).empty());
    CHECK(store.reading().fitting(first.id.substr(0, 4), 1000, 1).size() == 1);
}

TEST_CASE("batches are filtered, newest first", "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch labelled = new_batch("labelled");
    labelled.labels = {{"class", "7a"}};
    const BatchNo finished = submit(store, 1, new_batch("finished"));
    submit(store, 1, labelled);
    submit(store, 1, new_batch("open"));
    state.finish(*state.claim(finished));
    const auto names = [&store](const BatchFilter& filter) {
        std::string found;
        for (const Batch& batch : store.reading().batches(filter)) {
            found += batch.name + " ";
        }
        return found;
    };
    CHECK(names({}) == "open labelled finished ");
    CHECK(names({.limit = 2}) == "open labelled ");
    CHECK(names({.statuses = {BatchStatus::done}}) == "finished ");
    CHECK(names({.statuses = {BatchStatus::queued}}) == "open labelled ");
    CHECK(names({.labels = {{"class", "7a"}}}) == "labelled ");
    CHECK(names({.since = now() + later}) == "open labelled ");
    CHECK(names({.since = now() - later}) == "open labelled finished ");
    CHECK(names({.finished_before = now() + later}) == "finished ");
    CHECK(names({.finished_before = now() - later}).empty());
}

TEST_CASE("batches are found by what they are paused by", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo old = submit(store, 1);
    const BatchNo young = submit(store, 1);
    const BatchNo ended = submit(store, 1);
    submit(store, 1);
    store.steering().pause(old, {.code = "login"});
    store.steering().pause(young, {.code = "login"});
    store.steering().pause(submit(store, 1), {.code = "config"});
    store.steering().pause(ended, {.code = "login"});
    store.steering().cancel(ended, {.code = "cancelled"});
    const auto found = store.reading().batches({.paused_by = "login"});
    REQUIRE(found.size() == 2);
    CHECK(found[0].no == young);
    CHECK(found[1].no == old);
    CHECK(store.reading().batches({.paused_by = "login", .limit = 1}).size() == 1);
    CHECK(store.reading().batches({.statuses = {BatchStatus::done}, .paused_by = "login"}).empty());
    store.steering().resume(old);
    CHECK(store.reading().batches({.paused_by = "login"}).size() == 1);
}

TEST_CASE("items tell what became of them", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 5);
    const auto chunk = state.claim(no, 3).value();
    const ItemError error = item_error("timeout");
    {
        const auto work = store.working().begin();
        work->finish(chunk.claim, {.id = chunk.items[0].id,
                                   .at = now(),
                                   .duration = Millis(12),
                                   .output = R"({"text":"hello"})"});
        work->put_back(
            chunk.claim,
            {.id = chunk.items[1].id, .due = now() + later, .attempts = 1, .error = &error});
        work->commit();
    }
    const auto items = items_of(store, no, {.with_payload = true, .with_output = true});
    CHECK(statuses(store, no) == std::vector{done, pending, running, pending, pending});
    CHECK(items[0].output == R"({"text":"hello"})");
    CHECK(items[0].payload == R"({"n":"0"})");
    CHECK(items[0].duration == Millis(12));
    CHECK(items[0].line == 2);
    CHECK(items[1].attempts == 1);
    CHECK(items[1].retry_at > now());
    CHECK(items[1].error->code == "timeout");
    CHECK(items_of(store, no)[0].output.empty());
}

TEST_CASE("items are filtered, and counted where that is free", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1'000);
    state.finish(*state.claim(no, 100));
    state.finish(*state.claim(no, 7), failed, "exit_22");
    state.finish(*state.claim(no, 30), failed, "timeout");
    state.claim(no, 50);
    std::vector<ItemIndex> given;
    const auto count = [&](const ItemFilter& filter) {
        given.clear();
        return store.reading().items(no, filter, [&given](const Item& item) {
            given.push_back(item.index);
            return true;
        });
    };
    CHECK(count({.statuses = {failed}, .cause = "exit_22", .limit = 2}) == 7);
    CHECK(given == std::vector<ItemIndex>{100, 101});
    CHECK(count({.statuses = {failed}, .limit = 1}) == 37);
    CHECK(count({.statuses = {running}, .limit = 1}) == 50);
    CHECK(given == std::vector<ItemIndex>{137});
    CHECK(count({.statuses = {pending}, .limit = 1}) == 813);
    CHECK(given == std::vector<ItemIndex>{187});
    CHECK(count({.limit = 3}) == 1'000);
    CHECK(count({.ranges = {{105, 107}, {98, 99}, {99, 99}, {5'000, 6'000}}}) == 5);
    CHECK(given == std::vector<ItemIndex>{98, 99, 105, 106, 107});
    CHECK(count({.ranges = {{0, 110}}, .cause = "timeout"}) == 4);
}

TEST_CASE("reading stops when it is told to", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3'000);
    int taken = 0;
    store.reading().items(no, {}, [&taken](const Item&) { return ++taken < 10; });
    CHECK(taken == 10);
}

TEST_CASE("what was written for an item is found by its item", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3);
    const auto chunk = state.claim(no).value();
    {
        const auto work = store.working().begin();
        for (const char* text : {"one", "two"}) {
            work->log(
                chunk.items[2].id,
                {.attempt = 1, .step = "exec", .stream = "err", .text = text, .cut_bytes = 7});
            work->log(chunk.items[0].id, {.attempt = 1, .text = text});
        }
        work->commit();
    }
    std::string all;
    store.reading().logs(no, {}, [&all](const LogLine& line) {
        all += std::to_string(line.index) + line.text + " ";
        return true;
    });
    CHECK(all == "0one 0two 2one 2two ");
    store.reading().logs(no, {.ranges = {{1, 2}}}, [](const LogLine& line) {
        CHECK(line.stream == "err");
        CHECK(line.step == "exec");
        CHECK(line.cut_bytes == 7);
        return false;
    });
}

TEST_CASE("log lines are followed in the order of writing", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3);
    const BatchNo other = submit(store, 3);
    CHECK(store.reading().last_log() == 0);
    const auto write = [&](std::initializer_list<std::pair<ItemId, const char*>> lines) {
        const auto work = store.working().begin();
        for (const auto& [id, text] : lines) {
            work->log(id, {.attempt = 1, .text = text});
        }
        work->commit();
    };
    const auto newer = [&](const LogFilter& filter) {
        std::string all;
        store.reading().new_logs(no, filter, [&all](const LogLine& line) {
            all += std::to_string(line.index) + line.text + " ";
            return true;
        });
        return all;
    };
    write({{ItemId::of(no, 2), "one"}});
    const auto seen = store.reading().last_log();
    CHECK(newer({.after = seen}).empty());
    write({{ItemId::of(no, 2), "two"}, {ItemId::of(other, 1), "x"}, {ItemId::of(no, 0), "three"}});
    CHECK(newer({.after = seen}) == "2two 0three ");
    CHECK(newer({.ranges = {{0, 1}}, .after = seen}) == "0three ");
    CHECK(newer({}) == "2one 2two 0three ");
}

TEST_CASE("the version changes with every commit of another", "[store][contract]") {
    FOR_ANY_STATE;
    const auto other = state.another();
    const auto before = other->reading().version();
    CHECK(other->reading().version() == before);
    submit(store, 1);
    CHECK(other->reading().version() != before);
}

TEST_CASE("the latest daemon is known", "[store][contract]") {
    FOR_ANY_STATE;
    const DaemonRow daemon = store.reading().last_daemon().value();
    CHECK(daemon.pid == daemon_row().pid);
    CHECK(daemon.version == "1.0");
    state.restart();
    CHECK(state.store->reading().last_daemon()->no > daemon.no);
}

}  // namespace
}  // namespace batch::testing
