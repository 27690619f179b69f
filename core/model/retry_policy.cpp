#include "core/model/retry_policy.hpp"

#include <algorithm>
#include <array>

namespace batch {
namespace {

constexpr std::array<std::string_view, 5> words{"retryable", "throttled", "permanent", "config",
                                                "cancelled"};

}  // namespace

std::string_view word_of(ErrorClass error_class) noexcept {
    return words.at(static_cast<std::size_t>(error_class));
}

std::optional<ErrorClass> error_class_of(std::string_view word) noexcept {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) {
        return std::nullopt;
    }
    return static_cast<ErrorClass>(found - words.begin());
}

bool may_retry(const RetryPolicy& policy, ErrorClass error_class, int attempts) noexcept {
    switch (error_class) {
        case ErrorClass::retryable: return attempts <= policy.retries;
        case ErrorClass::throttled: return true;
        case ErrorClass::permanent:
        case ErrorClass::config:
        case ErrorClass::cancelled: break;
    }
    return false;
}

Millis backoff(const RetryPolicy& policy, int attempts, std::uint64_t random) noexcept {
    constexpr int most_doublings = 30;  // 2^30 ms are 12 days: beyond any sensible maximum
    const int doublings = std::clamp(attempts, 0, most_doublings);
    const auto ceiling =
        std::clamp(policy.backoff_min * (std::int64_t{1} << doublings), policy.backoff_min,
                   std::max(policy.backoff_min, policy.backoff_max));
    const auto span = static_cast<std::uint64_t>((ceiling - policy.backoff_min).count()) + 1;
    return policy.backoff_min + Millis(static_cast<std::int64_t>(random % span));
}

}  // namespace batch
