// What every store must do: doorbells, and whose turn it is.

#include "tests/contract/any_state.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace batch::testing {
namespace {

TEST_CASE("a doorbell is good for one claim, and only the current one", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 5);
    const auto work = store.working().begin();
    CHECK_FALSE(work->claim_for_bell(no, 0, 2, 1'000));
    CHECK_FALSE(work->claim_for_bell(no, 2, 2, 1'000));
    const auto first = work->claim_for_bell(no, 1, 2, 1'000);
    REQUIRE(first);
    CHECK(first->next_bell == 2);
    CHECK_FALSE(work->claim_for_bell(no, 1, 2, 1'000));
    // Nothing is left after it: nothing is to be rung.
    const auto second = work->claim_for_bell(no, 2, 3, 1'000);
    REQUIRE(second);
    CHECK(second->items.size() == 3);
    CHECK_FALSE(second->next_bell);
    CHECK_FALSE(work->claim_for_bell(no, 2, 3, 1'000));
    work->commit();
    CHECK(store.reading().batch(no)->bell == 2);
}

TEST_CASE("a number that was not committed was not allocated", "[store][contract]") {
    FOR_ANY_STATE;
    const BatchNo no = submit(store, 5);
    {
        const auto work = store.working().begin();
        CHECK(work->claim_for_bell(no, 1, 2, 1'000)->next_bell == 2);
    }
    CHECK(store.reading().batch(no)->bell == 1);
    const auto work = store.working().begin();
    CHECK(work->claim(no, 2, 1'000));  // without a doorbell no number is allocated either
    work->commit();
    CHECK(store.reading().batch(no)->bell == 1);
}

}  // namespace
}  // namespace batch::testing
