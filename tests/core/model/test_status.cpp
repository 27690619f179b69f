#include "core/model/status.hpp"

#include <catch2/catch.hpp>

using namespace batch;

TEST_CASE("a batch is what its items and flags make it", "[core][model]") {
    const Counts open{.total = 2, .pending = 2};
    CHECK(derive(open, {.draft = true}) == BatchStatus::draft);
    CHECK(derive(open, {}) == BatchStatus::submitted);
    CHECK(derive(open, {.confirmed = true}) == BatchStatus::queued);
    CHECK(derive(open, {.confirmed = true, .ever_claimed = true}) == BatchStatus::running);
    CHECK(derive({.total = 2, .pending = 1, .running = 1}, {}) == BatchStatus::running);
    CHECK(derive({.total = 2, .done = 2}, {}) == BatchStatus::done);
    CHECK(derive({.total = 2, .done = 1, .failed = 1}, {}) == BatchStatus::failed);
    CHECK(derive({}, {}) == BatchStatus::done);
}

TEST_CASE("an abort ends only when nothing is at work any more", "[core][model]") {
    CHECK(derive({.total = 2, .running = 1, .cancelled = 1}, {.abort_requested = true}) ==
          BatchStatus::running);
    CHECK(derive({.total = 2, .failed = 1, .cancelled = 1}, {.abort_requested = true}) ==
          BatchStatus::aborted);
}

TEST_CASE("items cancelled one by one do not spoil a batch, unless it was all of them",
          "[core][model]") {
    CHECK(derive({.total = 3, .done = 1, .cancelled = 2}, {}) == BatchStatus::done);
    CHECK(derive({.total = 3, .cancelled = 3}, {}) == BatchStatus::aborted);
}

TEST_CASE("a final batch stands for an exit status", "[core][model]") {
    CHECK(verdict(BatchStatus::done) == 0);
    CHECK(verdict(BatchStatus::failed) == 1);
    CHECK(verdict(BatchStatus::aborted) == 10);
    CHECK_FALSE(verdict(BatchStatus::running));
}

TEST_CASE("every status has a word that is read back", "[core][model]") {
    for (int i = -1; i <= 5; ++i) {
        const auto status = static_cast<BatchStatus>(i);
        CHECK(batch_status_of(word_of(status)) == status);
    }
    CHECK_FALSE(batch_status_of("gone"));
    CHECK(item_status_of("pending") == ItemStatus::pending);
    CHECK_FALSE(item_status_of("queued"));
}
