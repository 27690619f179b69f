#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace batch {

/// The numbers are those stored in the state file.
enum class BatchStatus {
    draft = -1,
    submitted = 0,
    queued = 1,
    running = 2,
    done = 3,
    failed = 4,
    aborted = 5
};
enum class ItemStatus { pending = 0, running = 1, done = 3, failed = 4, cancelled = 5 };

/// How many items of a batch are in which status; kept in the batch's row.
struct Counts {
    std::int64_t total = 0;
    std::int64_t pending = 0;
    std::int64_t running = 0;
    std::int64_t done = 0;
    std::int64_t failed = 0;
    std::int64_t cancelled = 0;

    bool operator==(const Counts&) const = default;

    std::int64_t finished() const noexcept { return done + failed + cancelled; }

    std::int64_t open() const noexcept { return pending + running; }
};

/// What beside the counts decides a batch's status.
struct BatchFlags {
    bool draft = false;
    bool confirmed = false;     ///< a queue has confirmed the current doorbell
    bool ever_claimed = false;  ///< since submit or the last retry
    bool abort_requested = false;
};

/// The one rule from items and flags to a batch's status; run in each transaction that changes
/// them.
BatchStatus derive(const Counts& counts, const BatchFlags& flags) noexcept;

bool is_final(BatchStatus status) noexcept;
bool is_final(ItemStatus status) noexcept;

std::string_view word_of(BatchStatus status) noexcept;
std::string_view word_of(ItemStatus status) noexcept;
std::optional<BatchStatus> batch_status_of(std::string_view word) noexcept;
std::optional<ItemStatus> item_status_of(std::string_view word) noexcept;

/// Exit status that a final batch stands for: 0 done, 1 failed, 10 aborted; nothing while it is
/// open.
std::optional<int> verdict(BatchStatus status) noexcept;

}  // namespace batch
