#include "core/model/retry_policy.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace std::chrono_literals;

TEST_CASE("an item is tried once more for each retry", "[core][model]") {
    const RetryPolicy policy{.retries = 2};
    CHECK(may_retry(policy, ErrorClass::retryable, 1));
    CHECK(may_retry(policy, ErrorClass::retryable, 2));
    CHECK_FALSE(may_retry(policy, ErrorClass::retryable, 3));
    CHECK_FALSE(may_retry({.retries = 0}, ErrorClass::retryable, 1));
}

TEST_CASE("only what another try can mend is tried again", "[core][model]") {
    const RetryPolicy policy{.retries = 5};
    CHECK(may_retry(policy, ErrorClass::throttled, 100));
    CHECK_FALSE(may_retry(policy, ErrorClass::permanent, 1));
    CHECK_FALSE(may_retry(policy, ErrorClass::config, 1));
    CHECK_FALSE(may_retry(policy, ErrorClass::cancelled, 1));
}

TEST_CASE("the wait grows to its longest and never below its shortest", "[core][model]") {
    const RetryPolicy policy{.backoff_min = 1s, .backoff_max = 60s};
    for (const std::uint64_t random : {0ULL, 1ULL, 12'345'678'901ULL, ~0ULL}) {
        CHECK(backoff(policy, 1, random) <= 2s);
        for (const int attempts : {0, 1, 2, 3, 7, 1'000}) {
            CHECK(backoff(policy, attempts, random) >= 1s);
            CHECK(backoff(policy, attempts, random) <= 60s);
        }
    }
    CHECK(backoff(policy, 1, 500) == 1'500ms);
    CHECK(backoff(policy, 2, 1'000) == 2s);
    CHECK(backoff(policy, 100, 59'000) == 60s);
}

TEST_CASE("a longest wait below the shortest is the shortest", "[core][model]") {
    CHECK(backoff({.backoff_min = 5s, .backoff_max = 1s}, 9, 7) == 5s);
}

TEST_CASE("every class has a word that is read back", "[core][model]") {
    for (int i = 0; i < 5; ++i) {
        const auto error_class = static_cast<ErrorClass>(i);
        CHECK(error_class_of(word_of(error_class)) == error_class);
    }
    CHECK_FALSE(error_class_of("fatal"));
}
