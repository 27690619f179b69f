// The part of SqliteWork that takes items.

#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/work.hpp"

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr const char* insert_lease =
    "INSERT INTO lease(batch, first, count, owner) VALUES(?1, ?2, ?3, ?4)";
constexpr const char* read_items =
    "SELECT id, line, payload FROM item WHERE id >= ?1 AND id < ?2 ORDER BY id";
constexpr const char* read_items_between_holes =
    "SELECT id, line, payload FROM item WHERE id >= ?1 AND id < ?2 "
    "AND NOT EXISTS(SELECT 1 FROM result WHERE result.id = item.id) ORDER BY id";
constexpr const char* read_suffixes =
    "SELECT id, n FROM suffix WHERE id >= ?1 AND id < ?2 ORDER BY id";
// The order of the joins is forced: the planner would walk over all items.
#define RETRIED_ITEM \
    "SELECT retry.id, attempts, base, deaths, lost, suspect, step, carried, line, payload "
constexpr const char* read_retries = RETRIED_ITEM
    "FROM retry INDEXED BY retry_waiting CROSS JOIN item ON item.id = retry.id "
    "WHERE retry.id >> 32 = ?1 AND claim = 0 AND due <= ?2 AND lost < 3 ORDER BY due LIMIT ?3";
constexpr const char* read_alone = RETRIED_ITEM
    "FROM retry INDEXED BY retry_alone CROSS JOIN item ON item.id = retry.id "
    "WHERE retry.id >> 32 = ?1 AND claim = 0 AND due <= ?2 AND lost >= 3 ORDER BY due LIMIT ?3";
constexpr const char* take_retry = "UPDATE retry SET claim = ?2 WHERE id = ?1";

Claimed fresh_item(const Rows& row) {
    Claimed item;
    item.id = {row.integer(0)};
    item.line = row.integer(1);
    item.payload = row.text(2);
    return item;
}

Claimed retried_item(const Rows& row) {
    Claimed item;
    item.id = {row.integer(0)};
    int column = 1;
    for (int* number : {&item.attempts, &item.base, &item.deaths, &item.lost}) {
        *number = static_cast<int>(row.integer(column++));
    }
    item.suspect = row.integer(column++) != 0;
    item.again = true;
    item.step = static_cast<int>(row.integer(column++));
    item.carried = row.text(column++);
    item.line = row.integer(column++);
    item.payload = row.text(column++);
    return item;
}

// At least one item, then until the budget is used up.
std::vector<Claimed> read_chunk(Rows& rows, Budget budget, Claimed (*make)(const Rows&)) {
    std::vector<Claimed> items;
    std::size_t used = 0;
    while (items.size() < budget.items && (items.empty() || used < budget.bytes) && rows.next()) {
        items.push_back(make(rows));
        used += items.back().payload.size() + items.back().carried.size();
    }
    return items;
}

}  // namespace

BatchRow* SqliteWork::claimable(BatchNo batch) {
    BatchRow* row = ledger_.find(batch);
    return row == nullptr || is_final(row->status) || row->paused || row->aborted ||
                   row->backoff_until > now_
               ? nullptr
               : row;
}

std::optional<Chunk> SqliteWork::claim(BatchNo batch, std::size_t limit, std::size_t bytes) {
    BatchRow* row = claimable(batch);
    if (row == nullptr || limit == 0) {
        return std::nullopt;
    }
    const bool due = next_retry(*row) <= now_;
    const bool fresh = row->fresh() > 0;
    // A chunk has one number, so retries and fresh items take turns where there are both.
    const bool retries = due && (!fresh || shift_.fresh_is_next.erase(batch) == 0);
    Budget budget{.items = limit, .bytes = bytes};
    if (retries && fresh) {
        shift_.fresh_is_next.insert(batch);
        budget.items = std::max<std::size_t>(1, limit / 4);
    }
    auto chunk = retries ? claim_retries(*row, read_retries, budget)
                 : fresh ? claim_fresh(*row, budget)
                         : std::nullopt;
    if (chunk) {
        note_claim(*row, *chunk);
    }
    return chunk;
}

std::optional<Chunk> SqliteWork::claim_for_bell(BatchNo batch, int bell, std::size_t limit,
                                                std::size_t bytes) {
    BatchRow* row = claimable(batch);
    if (row == nullptr || row->bell != bell) {
        return std::nullopt;
    }
    auto chunk = claim(batch, limit, bytes);
    if (chunk && chunk->more) {
        chunk->next_bell = static_cast<int>(++row->bell);
    }
    return chunk;
}

std::optional<Chunk> SqliteWork::claim_alone(BatchNo batch) {
    BatchRow* row = claimable(batch);
    auto chunk =
        row == nullptr ? std::nullopt : claim_retries(*row, read_alone, {.items = 1, .bytes = 1});
    if (chunk) {
        note_claim(*row, *chunk);
    }
    return chunk;
}

void SqliteWork::note_claim(BatchRow& batch, Chunk& chunk) {
    add_suffixes(chunk);
    batch.ever_claimed = true;
    batch.looked_at = now_;
    batch.backoff_until = {};
    batch.started_at = batch.started_at.value_or(now_);
    const TimePoint due = next_retry(batch);
    chunk.more = batch.fresh() > 0 || due <= now_;
    chunk.next_due = due > now_ ? due : TimePoint::max();
}

TimePoint SqliteWork::next_retry(const BatchRow& batch) {
    const auto due =
        batch.waiting > batch.taken ? earliest_retry(connection_, batch.no) : std::nullopt;
    return due.value_or(TimePoint::max());
}

ClaimNo SqliteWork::add_lease(BatchNo batch, std::int64_t first, std::int64_t count) {
    connection_.run(insert_lease, batch, first, count, shift_.owner);
    return connection_.last_insert();
}

std::optional<Chunk> SqliteWork::claim_fresh(BatchRow& batch, Budget budget) {
    Chunk chunk;
    chunk.batch = batch.no;
    {
        Rows rows =
            connection_.query(batch.holes > 0 ? read_items_between_holes : read_items,
                              first_key(batch.no) + batch.next, first_key(batch.no) + batch.total);
        chunk.items = read_chunk(rows, budget, fresh_item);
    }
    if (chunk.items.empty()) {
        return std::nullopt;
    }
    const std::int64_t first = batch.next;
    const std::int64_t count = chunk.items.back().id.index() + std::int64_t{1} - first;
    chunk.claim = add_lease(batch.no, first, count);
    batch.next += count;
    batch.holes -= count - static_cast<std::int64_t>(chunk.items.size());
    return chunk;
}

std::optional<Chunk> SqliteWork::claim_retries(BatchRow& batch, const char* which, Budget budget) {
    Chunk chunk;
    chunk.batch = batch.no;
    {
        Rows rows = connection_.query(which, batch.no, now_, budget.items);
        chunk.items = read_chunk(rows, budget, retried_item);
    }
    if (chunk.items.empty()) {
        return std::nullopt;
    }
    chunk.claim = add_lease(batch.no, 0, 0);
    for (const Claimed& item : chunk.items) {
        connection_.run(take_retry, item.id.value, chunk.claim);
    }
    batch.taken += static_cast<std::int64_t>(chunk.items.size());
    std::ranges::sort(chunk.items, {}, &Claimed::id);
    return chunk;
}

// Very few items have one, so it is not joined to each.
void SqliteWork::add_suffixes(Chunk& chunk) {
    const std::int64_t end = chunk.items.back().id.value + 1;
    Rows rows = connection_.query(read_suffixes, chunk.items.front().id.value, end);
    while (rows.next()) {
        const auto found =
            std::ranges::lower_bound(chunk.items, ItemId{rows.integer(0)}, {}, &Claimed::id);
        if (found != chunk.items.end() && found->id.value == rows.integer(0)) {
            found->suffix = static_cast<int>(rows.integer(1));
        }
    }
}

}  // namespace batch::sqlite
