// What every store must do: what a sweep sees.

#include "tests/contract/any_state.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

constexpr std::chrono::hours later{1};

TEST_CASE("batches not looked at for long come first", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo first = submit(store, 10);
    const BatchNo second = submit(store, 10);
    state.claim(first, 1);
    const auto open = store.working().open_batches(now(), 10);
    REQUIRE(open.size() == 2);
    CHECK(open[0].no == second);
    CHECK_FALSE(open[0].was_due);
    CHECK(store.working().open_batches(now(), 1).size() == 1);
    CHECK(store.working().is_claimable(first, now()));
    state.claim(second);
    CHECK(first_open(state) == first);
}

TEST_CASE("the sweep sees the highest priority first", "[store][contract]") {
    FOR_ANY_STATE;
    std::vector<Priority> seen;
    for (const Priority priority : {Priority::low, Priority::high, Priority::normal}) {
        NewBatch batch = new_batch();
        batch.priority = priority;
        const auto draft = store.submitting().draft(batch);
        draft->add({.payload = "{}"});
        CHECK(store.reading().batch(draft->publish("digest").no)->priority == priority);
    }
    for (const OpenBatch& each : store.working().open_batches(now(), 2)) {
        seen.push_back(each.priority);
    }
    CHECK(seen == std::vector{Priority::high, Priority::normal, Priority::low});
}

TEST_CASE("what is due now hides no later time of its batch", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 3);
    const auto chunk = state.claim(no).value();
    const TimePoint due = now() + later;
    {
        const auto work = store.working().begin();
        for (const std::size_t n : {0U, 1U, 2U}) {
            work->put_back(chunk.claim,
                           {.id = chunk.items[n].id,
                            .due = n == 0 ? now() : due + static_cast<int>(n - 1) * later});
        }
        work->release(chunk.claim);
        work->commit();
    }
    CHECK(first_open(state) == no);
    CHECK(state.claim(no)->next_due == due);
    CHECK(store.working().next_due(now()) == due);
    CHECK_FALSE(first_open(state));
    CHECK(first_open(state, due) == no);
}

TEST_CASE("after the clock was set back nothing waits longer than it can have meant",
          "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 1);
    state.put_back(state.claim(no).value(), nullptr, now() + std::chrono::hours(500));
    store.working().shorten_waits();
    const auto due = store.working().next_due(now());
    REQUIRE(due);
    CHECK(*due <= now() + store.reading().batch(no)->plan.retry.backoff_max);
    CHECK_FALSE(store.working().is_claimable(no, *due - Millis{1}));
    CHECK(store.working().is_claimable(no, *due));
    CHECK(is_sound(store));
}

}  // namespace
}  // namespace batch::testing
