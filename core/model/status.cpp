#include "core/model/status.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace batch {
namespace {

constexpr std::array batch_words{
    std::pair{BatchStatus::draft, std::string_view("draft")},
    std::pair{BatchStatus::submitted, std::string_view("submitted")},
    std::pair{BatchStatus::queued, std::string_view("queued")},
    std::pair{BatchStatus::running, std::string_view("running")},
    std::pair{BatchStatus::done, std::string_view("done")},
    std::pair{BatchStatus::failed, std::string_view("failed")},
    std::pair{BatchStatus::aborted, std::string_view("aborted")},
};

constexpr std::array item_words{
    std::pair{ItemStatus::pending, std::string_view("pending")},
    std::pair{ItemStatus::running, std::string_view("running")},
    std::pair{ItemStatus::done, std::string_view("done")},
    std::pair{ItemStatus::failed, std::string_view("failed")},
    std::pair{ItemStatus::cancelled, std::string_view("cancelled")},
};

template <typename Table, typename Status>
std::string_view find_word(const Table& table, Status status) noexcept {
    const auto found = std::ranges::find(table, status, &Table::value_type::first);
    return found == table.end() ? std::string_view("unknown") : found->second;
}

template <typename Table>
auto find_status(const Table& table, std::string_view word) noexcept
    -> std::optional<typename Table::value_type::first_type> {
    const auto found = std::ranges::find(table, word, &Table::value_type::second);
    if (found == table.end()) {
        return std::nullopt;
    }
    return found->first;
}

}  // namespace

BatchStatus derive(const Counts& counts, const BatchFlags& flags) noexcept {
    if (flags.draft) {
        return BatchStatus::draft;
    }
    if (counts.open() > 0) {
        if (counts.running > 0 || flags.ever_claimed) {
            return BatchStatus::running;
        }
        return flags.confirmed ? BatchStatus::queued : BatchStatus::submitted;
    }
    if (flags.abort_requested) {
        return BatchStatus::aborted;
    }
    if (counts.failed > 0) {
        return BatchStatus::failed;
    }
    // Every item was taken out one by one: nothing came of the batch.
    return counts.done == 0 && counts.total > 0 ? BatchStatus::aborted : BatchStatus::done;
}

bool is_final(BatchStatus status) noexcept {
    return status >= BatchStatus::done;
}

bool is_final(ItemStatus status) noexcept {
    return status >= ItemStatus::done;
}

std::string_view word_of(BatchStatus status) noexcept {
    return find_word(batch_words, status);
}

std::string_view word_of(ItemStatus status) noexcept {
    return find_word(item_words, status);
}

std::optional<BatchStatus> batch_status_of(std::string_view word) noexcept {
    return find_status(batch_words, word);
}

std::optional<ItemStatus> item_status_of(std::string_view word) noexcept {
    return find_status(item_words, word);
}

std::optional<int> verdict(BatchStatus status) noexcept {
    switch (status) {
        case BatchStatus::done: return 0;
        case BatchStatus::failed: return 1;
        case BatchStatus::aborted: return 10;
        default: return std::nullopt;
    }
}

}  // namespace batch
