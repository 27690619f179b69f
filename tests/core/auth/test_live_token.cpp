#include "core/auth/vault/live_token.hpp"

#include <catch2/catch.hpp>

using namespace batch;
using namespace std::chrono_literals;

namespace {

const TimePoint right_now = parse_rfc3339("2026-11-22T18:45:21Z");

bool is_good(std::optional<TimePoint> issued_at, std::optional<TimePoint> expires_at,
             Millis min_life = auth::usual_life) {
    return auth::good_token({.tokens = {.access = Secret{"at"},
                                        .expires_at = expires_at,
                                        .issued_at = issued_at}},
                            min_life, right_now)
        .has_value();
}

}  // namespace

TEST_CASE("a token is good as long as it lives and is asked for", "[auth][live_token]") {
    CHECK(is_good(right_now - 59min, right_now + 61s));
    CHECK_FALSE(is_good(right_now - 59min, right_now + 59s));
    CHECK(is_good(right_now - 59min, right_now + 1s, Millis{0}));
    CHECK(is_good(right_now, std::nullopt));
    CHECK_FALSE(auth::good_token({.tokens = {.expires_at = right_now + 1h}}, Millis{0}, right_now));
}

TEST_CASE("oauth-H17: a token of the future is of a clock that was wrong", "[auth][live_token]") {
    CHECK(is_good(right_now + 50s, right_now + 1h));  // as clocks are set
    CHECK_FALSE(is_good(right_now + 61s, right_now + 1h));
    CHECK_FALSE(is_good(right_now + 2h, right_now + 3h));
    CHECK_FALSE(is_good(right_now + 2h, std::nullopt));
}

TEST_CASE("oauth-H17: one of an older version is judged by its end alone", "[auth][live_token]") {
    CHECK(is_good(std::nullopt, right_now + 3h));
    CHECK_FALSE(is_good(std::nullopt, right_now + 25h));
}
