#include "core/store/sqlite/failure_counts.hpp"

#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/texts.hpp"

#include <algorithm>
#include <utility>

namespace batch::sqlite {
namespace {

constexpr std::size_t shown_items = 10;

constexpr const char* find_failure = "SELECT first_ten FROM failure WHERE batch = ?1 AND code = ?2";
constexpr const char* add_failures =
    "INSERT INTO failure(batch, code, count, message, first_ten) VALUES(?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT(batch, code) DO UPDATE SET count = count + ?3, first_ten = ?5";
constexpr const char* subtract_failures =
    "UPDATE failure SET count = count - ?3, first_ten = ?4 WHERE batch = ?1 AND code = ?2";
constexpr const char* delete_ended = "DELETE FROM failure WHERE batch = ?1 AND count <= 0";
constexpr const char* find_short =
    "SELECT code, count FROM failure WHERE batch = ?1 AND json_array_length(first_ten) < "
    "min(count, 10)";
constexpr const char* set_items =
    "UPDATE failure SET first_ten = ?3 WHERE batch = ?1 AND code = ?2";
constexpr const char* failed_items =
    "SELECT id, coalesce(error ->> 'code', '') FROM result INDEXED BY result_failed "
    "WHERE status = 4 AND id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3";

// The lowest ten: the items of a group come in no particular order.
void keep_lowest(std::vector<ItemIndex>& items) {
    std::ranges::sort(items);
    items.erase(std::unique(items.begin(), items.end()), items.end());
    items.resize(std::min(items.size(), shown_items));
}

std::vector<ItemIndex> shown(Connection& connection, BatchNo batch, const std::string& code) {
    Rows row = connection.query(find_failure, batch, code);
    return row.next() ? indexes_of(row.text(0)) : std::vector<ItemIndex>{};
}

using ItemsOfCodes = std::map<std::string, std::vector<ItemIndex>>;

// Codes that show fewer items than they could.
ItemsOfCodes short_codes(Connection& connection, BatchNo batch) {
    ItemsOfCodes found;
    Rows rows = connection.query(find_short, batch);
    while (rows.next()) {
        found[rows.string(0)];
    }
    return found;
}

bool is_enough(const ItemsOfCodes& codes) {
    return std::ranges::all_of(codes,
                               [](const auto& code) { return code.second.size() >= shown_items; });
}

// Pages of failed items, until each code has ten or there are no more.
void search(Connection& connection, BatchNo batch, ItemsOfCodes& codes) {
    std::int64_t from = first_key(batch);
    for (bool more = true; more && !is_enough(codes);) {
        more = false;
        Rows rows = connection.query(failed_items, from, end_key(batch), slice_rows);
        while (rows.next()) {
            more = true;
            from = rows.integer(0) + 1;
            const auto code = codes.find(rows.string(1));
            if (code != codes.end() && code->second.size() < shown_items) {
                code->second.push_back(ItemId{rows.integer(0)}.index());
            }
        }
    }
}

}  // namespace

void FailureCounts::add(const std::string& code, ItemIndex index, std::string_view message) {
    Count& count = counts_[code];
    if (count.count++ == 0) {
        count.message = message;
    }
    count.items.push_back(index);
}

void FailureCounts::add_to(Connection& connection, BatchNo batch) const {
    for (const auto& [code, count] : counts_) {
        auto items = shown(connection, batch, code);
        items.insert(items.end(), count.items.begin(), count.items.end());
        keep_lowest(items);
        connection.run(add_failures, batch, code, count.count, count.message, to_json(items));
    }
}

void FailureCounts::subtract(Connection& connection, BatchNo batch) const {
    for (const auto& [code, count] : counts_) {
        auto items = shown(connection, batch, code);
        std::erase_if(items, [&count = count](ItemIndex index) {
            return std::ranges::find(count.items, index) != count.items.end();
        });
        connection.run(subtract_failures, batch, code, count.count, to_json(items));
    }
    if (!counts_.empty()) {
        connection.run(delete_ended, batch);
    }
}

void refill_first_items(Connection& connection, BatchNo batch) {
    ItemsOfCodes codes = short_codes(connection, batch);
    if (codes.empty()) {
        return;
    }
    search(connection, batch, codes);
    Transaction transaction(connection, Access::write);
    for (auto& [code, items] : codes) {
        const auto known = shown(connection, batch, code);
        items.insert(items.end(), known.begin(), known.end());
        keep_lowest(items);
        connection.run(set_items, batch, code, to_json(items));
    }
    transaction.commit();
}

}  // namespace batch::sqlite
