#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace batch {

/// The closed list of what kinds of failure there are; decides what happens next.
enum class ErrorClass { retryable, throttled, permanent, config, cancelled };

std::string_view word_of(ErrorClass error_class) noexcept;
std::optional<ErrorClass> error_class_of(std::string_view word) noexcept;

/// How often and how far apart an item is tried.
struct RetryPolicy {
    int retries = 2;  ///< further attempts after the first that failed
    Millis backoff_min{1'000};
    Millis backoff_max{60'000};
    Millis item_timeout{600'000};  ///< one attempt at one step of one item

    bool operator==(const RetryPolicy&) const = default;
};

/// Whether an item that has failed `attempts` times may be tried again.
bool may_retry(const RetryPolicy& policy, ErrorClass error_class, int attempts) noexcept;

/// Exponential with full jitter: uniform between min and min * 2^attempts, at most max.
/// `random` is any 64 random bits.
Millis backoff(const RetryPolicy& policy, int attempts, std::uint64_t random) noexcept;

}  // namespace batch
