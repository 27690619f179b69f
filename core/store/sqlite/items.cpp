#include "core/store/sqlite/items.hpp"

#include "core/store/sqlite/batches.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/ranges.hpp"
#include "core/store/sqlite/slices.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace batch::sqlite {
namespace {

// A page is small where the items that are wanted may lie far apart.
constexpr std::int64_t page_of_all = 1'000;
constexpr std::int64_t page_of_some = 100;

constexpr const char* read_batch =
    "SELECT next, abort_reason IS NOT NULL FROM batch WHERE no = ?1 AND status >= 0";
constexpr const char* leases_of =
    "SELECT first, first + count - 1 FROM lease WHERE batch = ?1 AND count > 0";
constexpr const char* read_lines =
    "SELECT id, line FROM item WHERE id >= ?1 AND id < ?2 ORDER BY id";
constexpr const char* read_payloads =
    "SELECT id, line, payload FROM item WHERE id >= ?1 AND id < ?2 ORDER BY id";
constexpr const char* read_ends =
    "SELECT id, status, attempts, ended_at, duration, error FROM result "
    "WHERE id >= ?1 AND id < ?2 ORDER BY id";
constexpr const char* read_outputs =
    "SELECT id, status, attempts, ended_at, duration, error, output FROM result "
    "WHERE id >= ?1 AND id < ?2 ORDER BY id";
constexpr const char* read_waiting =
    "SELECT id, claim, attempts, due, step, error FROM retry WHERE id >= ?1 AND id < ?2 ORDER BY "
    "id";
constexpr const char* next_result =
    "SELECT id FROM result WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1";
constexpr const char* next_failed =
    "SELECT id FROM result INDEXED BY result_failed WHERE status = 4 AND id >= ?1 AND id < ?2 "
    "ORDER BY id LIMIT 1";
constexpr const char* next_retry =
    "SELECT id FROM retry WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1";

// The first key of [from, end) that the query finds, else end.
std::int64_t first_of(Connection& connection, const char* sql, std::int64_t from,
                      std::int64_t end) {
    Rows row = connection.query(sql, from, end);
    return row.next() ? row.integer(0) : end;
}

std::optional<ItemError> maybe_error(const Rows& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(item_error_of(row.text(column)));
}

// How many there are of each status.
std::array<std::pair<ItemStatus, std::int64_t>, 5> counted(const Counts& counts) {
    return {{{ItemStatus::pending, counts.pending},
             {ItemStatus::running, counts.running},
             {ItemStatus::done, counts.done},
             {ItemStatus::failed, counts.failed},
             {ItemStatus::cancelled, counts.cancelled}}};
}

}  // namespace

Item& ItemReader::Page::tell(std::int64_t key) {
    const auto place = static_cast<std::size_t>(key - first);
    told[place] = true;
    return items[place];
}

void ItemReader::Page::cut_after(std::int64_t key) {
    end = key + 1;
    items.resize(static_cast<std::size_t>(end - first));
}

ItemReader::ItemReader(Connection& connection, BatchNo batch, const ItemFilter& filter)
    : connection_(connection), batch_(batch), filter_(filter) {}

std::size_t ItemReader::read(const std::function<bool(const Item&)>& take) {
    const auto batch = find_batch(connection_, batch_);
    if (!batch) {
        return 0;
    }
    for (const Step& step : batch->plan.steps) {
        steps_.push_back(step.plugin);
    }
    const auto known = known_count(*batch);
    for (const IndexRange& range : normalised(filter_.ranges, batch->counts.total)) {
        if (!read_range(range, take)) {
            break;
        }
    }
    return known.value_or(given_);
}

// The counters answer without looking at items.
std::optional<std::size_t> ItemReader::known_count(const Batch& batch) const {
    if (!filter_.ranges.empty()) {
        return std::nullopt;
    }
    std::int64_t count = 0;
    if (filter_.cause.empty()) {
        for (const auto& [status, of_it] : counted(batch.counts)) {
            count += wants(status) ? of_it : 0;
        }
    } else if (filter_.statuses == std::vector{ItemStatus::failed}) {
        const auto found = std::ranges::find(batch.failures, filter_.cause, &Failure::code);
        count = found == batch.failures.end() ? 0 : found->count;
    } else {
        return std::nullopt;
    }
    return static_cast<std::size_t>(count);
}

bool ItemReader::read_range(const IndexRange& range, const std::function<bool(const Item&)>& take) {
    std::int64_t from = ItemId::of(batch_, range.first).value;
    const std::int64_t end = ItemId::of(batch_, range.last).value + 1;
    while (from < end) {
        const Page page = read_page(from, end);
        if (!give(page, take)) {
            return false;
        }
        from = page.end;
    }
    return true;
}

// One read transaction, which ends before anybody sees the items: they may take their time.
ItemReader::Page ItemReader::read_page(std::int64_t from, std::int64_t end) {
    const Transaction reading(connection_, Access::read);
    Page page{.first = end, .end = end, .items = {}, .told = {}};
    if (!read_state()) {
        return page;
    }
    page.first = candidate(from, end);
    page.end = std::min(end, page.first + (filter_.statuses.empty() ? page_of_all : page_of_some));
    read_items(page);
    if (page.items.empty()) {
        return page;  // of a damaged file there may be results all the same
    }
    read_results(page);
    read_retries(page);
    derive_rest(page);
    return page;
}

bool ItemReader::read_state() {
    Rows row = connection_.query(read_batch, batch_);
    if (!row.next()) {
        return false;
    }
    state_ = {.next = row.integer(0), .aborted = row.integer(1) != 0, .leases = {}};
    Rows leases = connection_.query(leases_of, batch_);
    while (leases.next()) {
        state_.leases.push_back({.first = static_cast<ItemIndex>(leases.integer(0)),
                                 .last = static_cast<ItemIndex>(leases.integer(1))});
    }
    return true;
}

bool ItemReader::wants(ItemStatus status) const {
    return filter_.statuses.empty() ||
           std::ranges::find(filter_.statuses, status) != filter_.statuses.end();
}

// The first key from which on an item may have one of the wanted statuses.
std::int64_t ItemReader::candidate(std::int64_t from, std::int64_t end) {
    if (filter_.statuses.empty() || (state_.aborted && wants(ItemStatus::cancelled))) {
        return from;
    }
    std::int64_t found = end;
    if (wants(ItemStatus::done) || wants(ItemStatus::cancelled)) {
        found = first_of(connection_, next_result, from, found);
    } else if (wants(ItemStatus::failed)) {
        found = first_of(connection_, next_failed, from, found);
    }
    if (wants(ItemStatus::pending) || wants(ItemStatus::running)) {
        found = open_candidate(from, found);
    }
    return found;
}

std::int64_t ItemReader::open_candidate(std::int64_t from, std::int64_t end) {
    std::int64_t found = first_of(connection_, next_retry, from, end);
    if (wants(ItemStatus::pending)) {
        found = std::min(found, std::max(from, first_key(batch_) + state_.next));
    }
    for (const IndexRange& lease : state_.leases) {
        if (ItemId::of(batch_, lease.last).value >= from) {
            found = std::min(found, std::max(from, ItemId::of(batch_, lease.first).value));
        }
    }
    return found;
}

void ItemReader::read_items(Page& page) {
    std::size_t bytes = 0;
    Rows rows =
        connection_.query(filter_.with_payload ? read_payloads : read_lines, page.first, page.end);
    std::int64_t expected = page.first;
    while (bytes < slice_bytes && rows.next() && rows.integer(0) == expected) {
        ++expected;
        Item& item = page.items.emplace_back();
        item.index = ItemId{rows.integer(0)}.index();
        if (rows.integer(1) != 0) {
            item.line = rows.integer(1);
        }
        if (filter_.with_payload) {
            item.payload = rows.text(2);
            bytes += item.payload.size();
        }
    }
    // Items are without gaps, but in a damaged file this must not go round and round.
    page.end = page.items.empty() ? page.end : expected;
    page.told.resize(page.items.size());
}

void ItemReader::read_results(Page& page) {
    std::size_t bytes = 0;
    Rows rows =
        connection_.query(filter_.with_output ? read_outputs : read_ends, page.first, page.end);
    while (rows.next()) {
        Item& item = page.tell(rows.integer(0));
        item.status = static_cast<ItemStatus>(rows.integer(1));
        item.attempts = static_cast<int>(rows.integer(2));
        item.finished_at = rows.time(3);
        item.duration = Millis(rows.integer(4));
        item.error = maybe_error(rows, 5);
        item.step = item.error                        ? item.error->step
                    : item.status == ItemStatus::done ? step_name(steps_.size() - 1)
                                                      : std::string();
        if (filter_.with_output && item.status == ItemStatus::done) {
            item.output = rows.text(6);
            bytes += item.output.size();
        }
        if (bytes >= slice_bytes) {
            page.cut_after(rows.integer(0));
            break;
        }
    }
}

void ItemReader::read_retries(Page& page) {
    Rows rows = connection_.query(read_waiting, page.first, page.end);
    while (rows.next()) {
        Item& item = page.tell(rows.integer(0));
        const bool claimed = rows.integer(1) != 0;
        item.status = claimed          ? ItemStatus::running
                      : state_.aborted ? ItemStatus::cancelled
                                       : ItemStatus::pending;
        item.attempts = static_cast<int>(rows.integer(2));
        if (item.status == ItemStatus::pending) {
            item.retry_at = rows.time(3);
        }
        item.step = step_name(static_cast<std::size_t>(rows.integer(4)));
        item.error = maybe_error(rows, 5);
    }
}

// No row speaks of these.
void ItemReader::derive_rest(Page& page) const {
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        if (page.told[i]) {
            continue;
        }
        Item& item = page.items[i];
        const bool leased = std::ranges::any_of(state_.leases, [&item](const IndexRange& lease) {
            return lease.first <= item.index && item.index <= lease.last;
        });
        item.status = leased           ? ItemStatus::running
                      : state_.aborted ? ItemStatus::cancelled
                                       : ItemStatus::pending;
        if (leased) {
            item.step = step_name(0);
        }
    }
}

std::string ItemReader::step_name(std::size_t step) const {
    return step < steps_.size() ? steps_[step] : std::string();
}

bool ItemReader::fits(const Item& item) const {
    return wants(item.status) &&
           (filter_.cause.empty() || (item.error && item.error->code == filter_.cause));
}

bool ItemReader::give(const Page& page, const Take& take) {
    return std::ranges::all_of(page.items, [this, &take](const Item& item) {
        if (!fits(item)) {
            return true;
        }
        ++given_;
        return take(item) && given_ != filter_.limit;
    });
}

}  // namespace batch::sqlite
