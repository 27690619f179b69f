// What every store must do: changes to stored batches.

#include "core/base/error.hpp"
#include "tests/contract/any_state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace batch::testing {
namespace {

using enum ItemStatus;

constexpr std::chrono::hours later{1};

TEST_CASE("pause and resume are for batches that are not final", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    CHECK_FALSE(store.steering().resume(no));
    CHECK(store.steering().pause(no, {.code = "paused"}));
    CHECK_FALSE(store.steering().pause(no, {.code = "paused"}));
    CHECK_FALSE(state.claim(no));
    CHECK(store.steering().resume(no));
    CHECK(store.reading().batch(no)->bell == 2);
    state.finish(*state.claim(no));
    CHECK_FALSE(store.steering().pause(no, {.code = "paused"}));
}

TEST_CASE("a person's pause takes the place of one that would end by itself", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    const auto pause_and = [&](const auto& also) {
        const auto work = store.working().begin();
        also(*work);
        work->commit();
    };
    pause_and([no](Work& work) { work.pause(no, {.code = "breaker", .message = "held back"}); });
    CHECK(store.steering().pause(no, {.code = "paused"}));
    pause_and([no](Work& work) { work.end_pause(no, "breaker"); });
    REQUIRE(store.reading().batch(no)->paused);
    CHECK(store.reading().batch(no)->paused->code == "paused");
    CHECK_FALSE(store.steering().pause(no, {.code = "paused"}));
}

TEST_CASE("cancel ends what is pending and leaves what runs to its owner", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 100);
    state.finish(*state.claim(no, 10));
    const ItemError error = item_error();
    state.put_back(state.claim(no, 5).value(), &error, now() + later);
    const auto chunk = state.claim(no, 4).value();

    const Touched touched = store.steering().cancel(no, {.code = "cancelled", .message = "by ada"});
    CHECK(touched.changed == 86);
    CHECK(touched.running == 4);
    CHECK(touched.after.aborted->message == "by ada");
    CHECK(touched.after.status == BatchStatus::running);
    CHECK(touched.after.counts == Counts{.total = 100, .running = 4, .done = 10, .cancelled = 86});
    CHECK_FALSE(state.claim(no));
    CHECK(is_sound(store));
    CHECK(items_of(store, no, {.statuses = {cancelled}}).size() == 86);
    CHECK(items_of(store, no)[12].attempts == 1);

    {
        const auto work = store.working().begin();
        CHECK(work->finish(chunk.claim, {.id = chunk.items[0].id}));
        CHECK(work->finish(chunk.claim, {.id = chunk.items[1].id, .status = cancelled}));
        work->put_back(chunk.claim, {.id = chunk.items[2].id});
        work->put_back(chunk.claim, {.id = chunk.items[3].id, .attempts = 1, .error = &error});
        work->release(chunk.claim);
        work->commit();
    }
    CHECK(status_of(store, no) == BatchStatus::aborted);
    CHECK(counts_of(store, no) == Counts{.total = 100, .done = 11, .cancelled = 89});
    CHECK(store.steering().cancel(no, {.code = "cancelled"}).changed == 0);
    CHECK(is_sound(store));
}

TEST_CASE("after a cancel the next holder of the lock ends what ran", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 10);
    state.claim(no, 4);
    store.steering().cancel(no, {.code = "cancelled"});
    CHECK(state.restart() == 4);
    CHECK(status_of(*state.store, no) == BatchStatus::aborted);
    CHECK(counts_of(*state.store, no).cancelled == 10);
    CHECK(is_sound(*state.store));
}

TEST_CASE("some items are cancelled, the others stay", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 20);
    const auto chunk = state.claim(no, 5).value();
    const Touched touched = store.steering().cancel_items(no, {{3, 7}, {7, 9}, {19, 40}});
    CHECK(touched.changed == 6);
    CHECK(touched.running == 2);
    CHECK(store.working().cancel_marks() == std::vector{ItemId::of(no, 3), ItemId::of(no, 4)});
    CHECK(counts_of(store, no) == Counts{.total = 20, .pending = 9, .running = 5, .cancelled = 6});
    CHECK(is_sound(store));

    state.put_back(chunk);
    CHECK(store.working().cancel_marks().empty());
    CHECK(counts_of(store, no) == Counts{.total = 20, .pending = 12, .cancelled = 8});
    std::vector<ItemIndex> run;
    while (const auto next = state.claim(no, 4)) {
        for (const Claimed& item : next->items) {
            run.push_back(item.id.index());
        }
        state.finish(*next);
    }
    std::ranges::sort(run);
    CHECK(run == std::vector<ItemIndex>{0, 1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18});
    CHECK(status_of(store, no) == BatchStatus::done);
    CHECK(is_sound(store));
}

TEST_CASE("a batch with every item cancelled one by one is aborted", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 5);
    store.steering().cancel_items(no, {{0, 4}});
    CHECK(status_of(store, no) == BatchStatus::aborted);
    const Touched touched = store.steering().retry(no, {.status = cancelled});
    CHECK(touched.changed == 5);
    CHECK(touched.after.status == BatchStatus::queued);
    CHECK(state.claim(no)->items.size() == 5);
    CHECK(is_sound(store));
}

TEST_CASE("retry takes failed items back with their tries anew", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 10);
    state.finish(*state.claim(no, 4));
    state.finish(*state.claim(no, 4), failed, "timeout");
    state.finish(*state.claim(no, 2), failed, "exit_22");
    const int bell = store.reading().batch(no)->bell;

    const Touched touched = store.steering().retry(
        no, {.cause = "timeout", .item_timeout = Millis(60'000), .retries = 7, .concurrency = 3});
    CHECK(touched.changed == 4);
    CHECK(touched.after.status == BatchStatus::queued);
    CHECK(touched.after.bell == bell + 1);
    CHECK_FALSE(touched.after.finished_at);
    CHECK(touched.after.plan.retry.item_timeout == Millis(60'000));
    CHECK(touched.after.plan.retry.retries == 7);
    CHECK(touched.after.plan.concurrency == 3);
    REQUIRE(touched.after.failures.size() == 1);
    CHECK(touched.after.failures[0].code == "exit_22");
    CHECK(is_sound(store));

    const auto chunk = state.claim(no).value();
    CHECK(chunk.items.size() == 4);
    CHECK(chunk.items[0].attempts == 1);
    CHECK(chunk.items[0].base == 1);
    const ItemError error = item_error();
    state.put_back(chunk, &error);
    const auto again = state.claim(no).value();
    CHECK(again.items[0].attempts == 2);
    CHECK(again.items[0].base == 1);
    state.finish(again);
    CHECK(counts_of(store, no) == Counts{.total = 10, .done = 8, .failed = 2});
}

TEST_CASE("retry goes on behind the last finished step", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    const auto chunk = state.claim(no).value();
    const ItemError error = item_error();
    {
        const auto work = store.working().begin();
        work->finish(chunk.claim, {.id = chunk.items[0].id,
                                   .status = failed,
                                   .output = R"({"text":"rendered"})",
                                   .error = &error,
                                   .step = 2});
        work->commit();
    }
    CHECK(items_of(store, no, {.with_output = true})[0].output.empty());
    store.steering().retry(no, {});
    const auto again = state.claim(no).value();
    CHECK(again.items[0].step == 2);
    CHECK(again.items[0].carried == R"({"text":"rendered"})");
}

TEST_CASE("retry of a part of an aborted batch leaves the rest cancelled", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 20);
    state.finish(*state.claim(no, 2), failed);
    store.steering().cancel(no, {.code = "cancelled"});
    store.steering().retry(no, {.ranges = {{5, 7}}, .status = cancelled});
    CHECK(counts_of(store, no) == Counts{.total = 20, .pending = 3, .failed = 2, .cancelled = 15});
    CHECK_FALSE(store.reading().batch(no)->aborted);
    CHECK(is_sound(store));
    state.finish(*state.claim(no));
    CHECK(status_of(store, no) == BatchStatus::failed);
}

TEST_CASE("retry of many items is one change to whoever looks", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 12'000);
    state.finish(*state.claim(no, 20'000), failed);
    const Touched touched = store.steering().retry(no, {});
    CHECK(touched.changed == 12'000);
    CHECK(touched.after.counts == Counts{.total = 12'000, .pending = 12'000});
    CHECK(touched.after.failures.empty());
    CHECK(is_sound(store));
}

TEST_CASE("the items shown for a cause are refilled when retry took them", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 40);
    state.finish(*state.claim(no, 40), failed);
    store.steering().retry(no, {.ranges = {{0, 14}}});
    const Batch batch = store.reading().batch(no).value();
    CHECK(batch.failures.at(0).count == 25);
    CHECK(batch.failures.at(0).items ==
          std::vector<ItemIndex>{15, 16, 17, 18, 19, 20, 21, 22, 23, 24});
}

TEST_CASE("retry refuses what is done, what runs, and nothing", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 2);
    const std::string name = short_id(store.reading().batch(no)->id);
    const auto refusal = [&store, no](const RetryWish& wish) {
        try {
            store.steering().retry(no, wish);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::conflict);
            return std::string(error.what());
        }
        return std::string("taken back");
    };
    CHECK(refusal({}) == name + " is queued, and only finished batches are tried again");
    state.finish(*state.claim(no));
    CHECK(refusal({.ranges = {{0, 0}}}) ==
          "item 0 of " + name + " is done, and done items never run again");
    CHECK(refusal({}) == "no item of " + name + " is failed");
    CHECK(status_of(store, no) == BatchStatus::done);
    CHECK(store.reading().batch(no)->bell == 1);
}

TEST_CASE("only finished batches are removed, and all of them", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 7'000);
    const BatchNo other = submit(store, 3);
    CHECK_THROWS_WITH(store.steering().remove(no, Steering::Keep::nothing),
                      Catch::Contains("only finished batches are removed"));
    state.finish(*state.claim(no, 10'000), failed);
    store.steering().remove(no, Steering::Keep::nothing);
    CHECK_FALSE(store.reading().batch(no));
    CHECK(items_of(store, no).empty());
    CHECK(counts_of(store, other).total == 3);
    CHECK(is_sound(store));
    CHECK_THROWS_AS(store.steering().remove(no, Steering::Keep::nothing), Error);
}

TEST_CASE("the number of a removed batch is not used again", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 0);
    store.steering().remove(no, Steering::Keep::nothing);
    CHECK(submit(store, 1) > no);
}

TEST_CASE("two connections see each other's commits at once", "[store][contract]") {
    FOR_ANY_STATE;
    const auto batchctl = state.another();
    const BatchNo no = submit(*batchctl, 10);
    const auto chunk = state.claim(no, 5).value();
    CHECK(batchctl->steering().cancel(no, {.code = "cancelled"}).running == 5);
    const auto work = store.working().begin();
    for (const Claimed& item : chunk.items) {
        work->put_back(chunk.claim, {.id = item.id});
    }
    work->release(chunk.claim);
    work->commit();
    CHECK(status_of(*batchctl, no) == BatchStatus::aborted);
}

}  // namespace
}  // namespace batch::testing
