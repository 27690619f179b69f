// What every store must do: the daemon's side.

#include "tests/contract/any_state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace batch::testing {
namespace {

using enum ItemStatus;

constexpr std::chrono::hours later{1};

TEST_CASE("a result is recorded once", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 2);
    const auto chunk = state.claim(no).value();
    const auto work = store.working().begin();
    CHECK(work->finish(chunk.claim, {.id = chunk.items[0].id}));
    CHECK_FALSE(work->finish(chunk.claim, {.id = chunk.items[0].id, .status = failed}));
    work->commit();
    CHECK(counts_of(store, no) == Counts{.total = 2, .running = 1, .done = 1});
}

TEST_CASE("what is not committed did not happen", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 2);
    {
        const auto work = store.working().begin();
        CHECK(work->claim(no, 1, 1'000));
    }
    CHECK(counts_of(store, no).pending == 2);
    CHECK(state.claim(no)->items.size() == 2);
}

TEST_CASE("a claim stops at the bytes it may have", "[store][contract]") {
    FOR_ANY_STATE;
    const auto draft = store.submitting().draft(new_batch());
    for (int i = 0; i < 10; ++i) {
        draft->add({.payload = std::string(1'000, 'x')});
    }
    const BatchNo no = draft->publish("digest").no;
    const auto work = store.working().begin();
    CHECK(work->claim(no, 100, 2'500)->items.size() == 3);
    const auto chunk = work->claim(no, 100, 1);
    CHECK(chunk->items.size() == 1);
    CHECK(chunk->items[0].id.index() == 3);
    CHECK(chunk->more);
    work->commit();
}

TEST_CASE("numbers behind equal names reach the one who works", "[store][contract]") {
    FOR_ANY_STATE;
    const auto draft = store.submitting().draft(new_batch());
    for (int i = 0; i < 5; ++i) {
        draft->add({.payload = "{}", .suffix = i == 3 ? 2 : 0});
    }
    const BatchNo no = draft->publish("digest").no;
    const auto chunk = state.claim(no).value();
    CHECK(chunk.items[2].suffix == 0);
    CHECK(chunk.items[3].suffix == 2);
    state.put_back(chunk);
    CHECK(state.claim(no)->items[3].suffix == 2);
}

TEST_CASE("a failed attempt comes back when it is due, with what it had", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    const auto first = state.claim(no).value();
    const ItemError error = item_error();
    const TimePoint due = now() + later;
    {
        const auto work = store.working().begin();
        work->put_back(first.claim, {.id = first.items[0].id,
                                     .due = due,
                                     .attempts = 1,
                                     .deaths = 1,
                                     .lost = 2,
                                     .suspect = true,
                                     .step = 1,
                                     .carried = R"({"text":"x"})",
                                     .error = &error});
        work->release(first.claim);
        work->commit();
    }
    CHECK_FALSE(state.claim(no));
    CHECK(store.working().next_due(now()) == due);
    CHECK_FALSE(first_open(state));
    CHECK_FALSE(store.working().is_claimable(no, now()));
    CHECK(first_open(state, due) == no);
    CHECK(store.working().open_batches(due, 1).at(0).was_due);
    CHECK(store.working().is_claimable(no, due));
    CHECK(status_of(store, no) == BatchStatus::running);

    const BatchNo other = submit(store, 1);
    const auto again = state.claim(other).value();
    state.put_back(again, &error);
    const auto second = state.claim(other).value();
    CHECK(second.claim > again.claim);
    CHECK(second.items[0].attempts == 1);
    state.finish(second);
    CHECK(status_of(store, other) == BatchStatus::done);
}

TEST_CASE("retries and fresh items take turns", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 100);
    state.put_back(state.claim(no, 20).value());
    const auto retries = state.claim(no, 40).value();
    CHECK(retries.items.size() == 10);
    CHECK(retries.items.front().id.index() == 0);
    CHECK(retries.more);
    const auto fresh = state.claim(no, 40).value();
    CHECK(fresh.items.size() == 40);
    CHECK(fresh.items.front().id.index() == 20);
    CHECK(state.claim(no, 40)->items.front().id.index() == 10);
    CHECK(is_sound(store));
}

TEST_CASE("an item of one claim is not recorded under another", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    const auto chunk = state.claim(no).value();
    state.put_back(chunk);
    const auto work = store.working().begin();
    CHECK_FALSE(work->holds(chunk.claim));
    CHECK_FALSE(work->finish(chunk.claim, {.id = chunk.items[0].id}));
    work->put_back(chunk.claim, {.id = chunk.items[0].id, .attempts = 9});
    work->commit();
    CHECK(counts_of(store, no).pending == 1);
    CHECK(state.claim(no)->items[0].attempts == 0);
}

TEST_CASE("a daemon that lost its claims can record nothing", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3);
    const auto chunk = state.claim(no).value();
    const auto successor = state.another(OpenMode::own);
    CHECK(successor->working().take_over(daemon_row(), {}) == 3);
    CHECK_THROWS_WITH(store.working().begin(), Catch::Contains("has taken over"));
    CHECK(counts_of(store, no) == Counts{.total = 3, .pending = 3});
    CHECK(is_sound(store));
}

TEST_CASE("what was in hand when a daemon died is pending again", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 10);
    const auto chunk = state.claim(no, 6).value();
    const ItemError error = item_error();
    {
        const auto work = store.working().begin();
        work->finish(chunk.claim, {.id = chunk.items[0].id});
        work->put_back(chunk.claim, {.id = chunk.items[1].id, .attempts = 1, .error = &error});
        work->commit();
    }
    const auto retries = state.claim(no, 4).value();
    CHECK(retries.items[0].id.index() == 1);
    CHECK(state.restart() == 5);
    CHECK(counts_of(*state.store, no) == Counts{.total = 10, .pending = 9, .done = 1});
    CHECK(is_sound(*state.store));
    const auto again = state.claim(no, 100).value();
    CHECK(again.claim > retries.claim);
    const auto first = std::ranges::find(again.items, ItemIndex{1},
                                         [](const Claimed& item) { return item.id.index(); });
    REQUIRE(first != again.items.end());
    CHECK(first->attempts == 1);
}

// Lost as often with items that had been given to workers.
void lose(State& state, BatchNo no, const std::vector<std::int64_t>& handed, int times) {
    for (int i = 0; i < times; ++i) {
        const auto work = state.store->working().begin();
        for (;;) {
            const auto chunk = work->claim(no, 1'000, 1'000'000);
            if (!chunk && !work->claim_alone(no)) {
                break;
            }
        }
        work->commit();
        state.restart(handed);
    }
}

TEST_CASE("an item that three daemons were lost with is left for when nothing else is in hand",
          "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 5);
    const std::vector<std::int64_t> handed{ItemId::of(no, 1).value, ItemId::of(no, 3).value};
    lose(state, no, handed, 2);
    CHECK_FALSE(state.store->working().alone_next(now()));
    lose(state, no, handed, 1);
    CHECK(state.store->working().alone_next(now()) == no);
    CHECK(first_open(state) == no);
    const auto others = state.claim(no).value();
    CHECK(others.items.size() == 3);
    CHECK_FALSE(others.more);
    CHECK_FALSE(first_open(state));
    {
        const auto work = state.store->working().begin();
        const auto alone = work->claim_alone(no).value();
        REQUIRE(alone.items.size() == 1);
        CHECK(alone.items[0].id.index() == 1);
        CHECK(alone.items[0].lost == 3);
        CHECK(alone.items[0].attempts == 0);
        work->put_back(alone.claim, {.id = alone.items[0].id, .due = now() + later, .lost = 3});
        work->release(alone.claim);
        work->commit();
    }
    CHECK(state.store->working().alone_next(now()) == no);
    lose(state, no, {}, 1);
    const auto work = state.store->working().begin();
    CHECK(work->claim_alone(no)->items[0].id.index() == 3);
    CHECK_FALSE(work->claim_alone(no));
    work->commit();
    CHECK(state.store->working().next_due(now()));
    CHECK(is_sound(*state.store));
}

TEST_CASE("an item that six daemons were lost with has failed, and only that",
          "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3);
    lose(state, no, {ItemId::of(no, 1).value}, 6);
    const auto items = items_of(*state.store, no);
    CHECK(items[0].status == pending);
    CHECK(items[2].status == pending);
    REQUIRE(items[1].status == failed);
    CHECK(items[1].error->code == "lost");
    CHECK(state.store->reading().batch(no)->failures.at(0).items == std::vector<ItemIndex>{1});
    CHECK(is_sound(*state.store));
    state.finish(state.claim(no).value());
    CHECK(state.store->steering().retry(no, {}).changed == 1);
    CHECK(state.claim(no)->items[0].lost == 0);
}

TEST_CASE("what an unknown commit had claimed goes back, what is known stays",
          "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 9);
    const ItemError error = item_error();
    state.put_back(state.claim(no, 2).value(), &error);
    const auto retries = state.claim(no, 8).value();
    const auto known = state.claim(no, 3).value();
    state.claim(no, 3);
    store.reopen();
    store.working().keep_only(std::vector<ClaimNo>{known.claim});
    CHECK(counts_of(store, no) == Counts{.total = 9, .pending = 6, .running = 3});
    CHECK(is_sound(store));
    state.finish(known);
    CHECK(counts_of(store, no).done == 3);
    CHECK(state.claim(no)->items.at(0).lost == 0);
    CHECK(retries.items.size() == 2);
}

TEST_CASE("a group that was committed already may be written once more", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 6);
    const auto chunk = state.claim(no, 5).value();
    const ItemError error = item_error();
    for (int time = 0; time < 2; ++time) {
        const auto work = store.working().begin();
        for (std::size_t i = 0; i < 3; ++i) {
            const bool first = time == 0;
            const ItemId id = chunk.items[i].id;
            CHECK(first ==
                  (i == 0 ? work->finish(chunk.claim, {.id = id})
                   : i == 1
                       ? work->put_back(chunk.claim, {.id = id, .error = &error})
                       : work->finish(chunk.claim, {.id = id, .status = failed, .error = &error})));
        }
        work->commit();
    }
    CHECK(counts_of(store, no) ==
          Counts{.total = 6, .pending = 2, .running = 2, .done = 1, .failed = 1});
    CHECK(is_sound(store));
}

TEST_CASE("only the pause that batchd made is ended by it", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    const auto end_pause = [&] {
        const auto work = store.working().begin();
        work->end_pause(no, "breaker");
        work->commit();
    };
    store.steering().pause(no, {.code = "paused"});
    end_pause();
    CHECK(store.reading().batch(no)->paused);
    store.steering().resume(no);
    store.steering().pause(no, {.code = "breaker"});
    end_pause();
    CHECK_FALSE(store.reading().batch(no)->paused);
    CHECK(state.claim(no));
}

TEST_CASE("items that only waited in line are not lost with a daemon", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3);
    lose(state, no, {}, 10);
    CHECK(state.claim(no)->items.size() == 3);
}

TEST_CASE("after a restart nothing waits longer than the longest backoff", "[store][contract]") {
    FOR_ANY_STATE;
    NewBatch batch = new_batch();
    batch.plan.retry.backoff_max = Millis(60'000);
    const BatchNo no = submit(store, 3, batch);
    const ItemError error = item_error();
    const TimePoint soon = now() + Millis(5'000);
    state.put_back(state.claim(no, 1).value(), &error, soon);
    state.put_back(state.claim(no, 2).value(), &error, now() + 24 * later);
    state.restart();
    const auto items = items_of(*state.store, no);
    CHECK(items[0].retry_at == soon);
    CHECK(items[1].retry_at <= now() + Millis(60'000));
    CHECK(items[2].retry_at > soon);
}

TEST_CASE("a batch that batchd fails at is held, and paused at the tenth time",
          "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    Millis last{0};
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(store.reading().batch(no)->paused);
        const auto work = store.working().begin();
        const Millis hold = work->hold_back(no) - now();
        work->commit();
        CHECK((hold > last || last > Millis{290'000}));
        CHECK_FALSE(state.claim(no));
        CHECK_FALSE(first_open(state));
        CHECK(store.working().next_due(now()).has_value() == (i < 9));
        CHECK(first_open(state, now() + hold) == (i < 9 ? std::optional(no) : std::nullopt));
        last = hold;
    }
    CHECK(store.reading().batch(no)->paused->code == "internal_retry");
    CHECK_FALSE(state.claim(no));
    CHECK(store.steering().resume(no));
    CHECK(state.claim(no));
}

TEST_CASE("the daemon pauses a batch with its reason", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    const auto work = store.working().begin();
    work->pause(no, {.code = "config", .message = "no such font", .hint = "apt install fonts"});
    CHECK_FALSE(work->claim(no, 1, 1));
    work->commit();
    CHECK(store.reading().batch(no)->paused->message == "no such font");
    CHECK_FALSE(first_open(state));
    CHECK_FALSE(store.working().is_claimable(no, now()));
}

}  // namespace
}  // namespace batch::testing
