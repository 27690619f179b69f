#include "tests/support/state.hpp"

#include <catch2/catch.hpp>

namespace batch::testing {
namespace {

TEST_CASE("a batch goes its way from the draft to done", "[contract][store]") {
    State state;
    const BatchNo no = submit(*state.store, 25);
    CHECK(state.store->reading().batch(no)->status == BatchStatus::queued);

    const auto first = state.claim(no, 10).value();
    CHECK(first.items.size() == 10);
    CHECK(first.more);
    CHECK(first.items[3].payload == R"({"n":"3"})");
    CHECK(first.items[3].line == 5);
    CHECK(counts_of(*state.store, no) == Counts{.total = 25, .pending = 15, .running = 10});

    state.finish(first);
    const auto second = state.claim(no, 100).value();
    CHECK(second.items.size() == 15);
    CHECK_FALSE(second.more);
    CHECK_FALSE(state.claim(no));
    state.finish(second, ItemStatus::failed);

    const Batch batch = state.store->reading().batch(no).value();
    CHECK(batch.status == BatchStatus::failed);
    CHECK(batch.counts == Counts{.total = 25, .done = 10, .failed = 15});
    CHECK(batch.finished_at);
    REQUIRE(batch.failures.size() == 1);
    CHECK(batch.failures[0].code == "exit_1");
    CHECK(batch.failures[0].count == 15);
    CHECK(batch.failures[0].items.front() == 10);
    CHECK(batch.failures[0].items.size() == 10);
    CHECK(items_of(*state.store, no).size() == 25);
}

}  // namespace
}  // namespace batch::testing
