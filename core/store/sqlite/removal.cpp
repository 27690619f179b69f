#include "core/store/sqlite/removal.hpp"

#include "core/base/error.hpp"
#include "core/os/crash_point.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/writer.hpp"

#include <fmt/core.h>

#include <array>
#include <string>

namespace batch::sqlite {
namespace {

// A text may be stored some time before the batch that uses it.
constexpr std::chrono::hours unused_template_stays{24};
constexpr std::chrono::hours pruned_key_stays{30 * 24};

constexpr const char* find_name = "SELECT id, key, status FROM batch WHERE no = ?1";
constexpr const char* hide = "UPDATE batch SET status = -1 WHERE no = ?1";
constexpr const char* free_key = "DELETE FROM key WHERE key = ?1 AND batch_id = ?2";
constexpr const char* keep_key = "UPDATE key SET until = ?3 WHERE key = ?1 AND batch_id = ?2";
constexpr const char* delete_unused_templates =
    "DELETE FROM template WHERE version = 0 AND created_at < ?1 AND NOT EXISTS("
    "SELECT 1 FROM template_use WHERE template_use.sha256 = template.sha256)";

// By key range; a slice has at most as many rows as keys, apart from the log, of which few items
// have any.
constexpr std::array delete_items{
    "DELETE FROM item WHERE id >= ?1 AND id < ?2",
    "DELETE FROM result WHERE id >= ?1 AND id < ?2",
    "DELETE FROM retry WHERE id >= ?1 AND id < ?2",
    "DELETE FROM suffix WHERE id >= ?1 AND id < ?2",
    "DELETE FROM cancel_mark WHERE id >= ?1 AND id < ?2",
    "DELETE FROM log WHERE item >= ?1 AND item < ?2",
};
constexpr const char* last_item = "SELECT max(id) FROM item WHERE id >= ?1 AND id < ?2";
constexpr const char* delete_events =
    "DELETE FROM event WHERE batch = ?1 AND no IN "
    "(SELECT no FROM event WHERE batch = ?1 ORDER BY no LIMIT ?2)";
constexpr std::array delete_batch{
    "DELETE FROM failure WHERE batch = ?1",      "DELETE FROM lease WHERE batch = ?1",
    "DELETE FROM template_use WHERE batch = ?1", "DELETE FROM writer WHERE batch = ?1",
    "DELETE FROM batch WHERE no = ?1",
};

void refuse_unfinished(const BatchRow& batch, std::string_view id) {
    if (!is_final(batch.status) || batch.counts().running > 0) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} is {}, and only finished batches are removed", short_id(id),
                                word_of(batch.status)),
                    fmt::format("end it first: batchctl cancel {}", short_id(id)));
    }
}

bool is_draft(Connection& connection, BatchNo batch) {
    Rows row = connection.query(find_name, batch);
    return row.next() && row.integer(2) < 0;
}

// A row of a mebibyte takes hundreds of times as long as a short one: the slices grow with what
// they are seen to take.
class SliceSize {
public:
    std::int64_t rows() const noexcept { return rows_; }

    void took(BootClock::duration time) noexcept {
        if (time > too_long) {
            rows_ = std::max<std::int64_t>(1, rows_ / 2);
        } else if (time < too_long / 4) {
            rows_ = std::min(slice_rows, rows_ * 2);
        }
    }

private:
    static constexpr std::chrono::milliseconds too_long{40};

    std::int64_t rows_ = 50;
};

// From the end, so that a removal that was cut short finds its place again.
bool remove_slice(Connection& connection, BatchNo batch, std::int64_t rows) {
    Transaction transaction(connection, Access::write);
    std::int64_t last = -1;
    {
        Rows row = connection.query(last_item, first_key(batch), end_key(batch));
        if (!row.next() || row.is_null(0)) {
            return false;
        }
        last = row.integer(0);
    }
    const std::int64_t first = std::max(first_key(batch), last - rows + 1);
    for (const char* sql : delete_items) {
        connection.run(sql, first, last + 1);
    }
    transaction.commit();
    crash_point("remove.slice");
    return true;
}

bool remove_some_events(Connection& connection, BatchNo batch) {
    Transaction transaction(connection, Access::write);
    const auto removed = connection.run(delete_events, batch, slice_rows);
    transaction.commit();
    return removed > 0;
}

}  // namespace

void remove_batch(Connection& connection, BatchNo batch, Steering::Keep keep) {
    {
        Transaction transaction(connection, Access::write);
        Ledger ledger(connection, {});
        const BatchRow& row = ledger.at(batch);
        std::string id;
        std::string key;
        {
            Rows name = connection.query(find_name, batch);
            name.next();
            id = name.text(0);
            key = name.text(1);
        }
        refuse_unfinished(row, id);
        connection.run(hide, batch);
        note_writer(connection, batch, removing);
        if (keep == Steering::Keep::key) {
            connection.run(keep_key, key, id, now() + pruned_key_stays);
        } else {
            connection.run(free_key, key, id);
        }
        transaction.commit();
    }
    crash_point("remove.hidden");
    remove_rows(connection, batch);
    crash_point("remove.rows_gone");
    remove_unused_templates(connection);
}

void remove_rows(Connection& connection, BatchNo batch) {
    if (!is_draft(connection, batch)) {
        return;
    }
    SliceSize size;
    BootTime begin = BootClock::now();
    while (remove_slice(connection, batch, size.rows())) {
        size.took(BootClock::now() - begin);
        pause_after_slice();
        begin = BootClock::now();
    }
    while (remove_some_events(connection, batch)) {
        pause_after_slice();
    }
    Transaction transaction(connection, Access::write);
    for (const char* sql : delete_batch) {
        connection.run(sql, batch);
    }
    transaction.commit();
}

void remove_unused_templates(Connection& connection) {
    connection.run(delete_unused_templates, now() - unused_template_stays);
}

}  // namespace batch::sqlite
