#include "core/store/sqlite/draft.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/os/crash_point.hpp"
#include "core/os/file.hpp"
#include "core/store/sqlite/checkpoint.hpp"
#include "core/store/sqlite/failure.hpp"
#include "core/store/sqlite/key_range.hpp"
#include "core/store/sqlite/ledger.hpp"
#include "core/store/sqlite/removal.hpp"
#include "core/store/sqlite/slices.hpp"
#include "core/store/sqlite/texts.hpp"
#include "core/store/sqlite/writer.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>

namespace batch::sqlite {
namespace {

constexpr std::size_t rows_in_memory = 10'000;
constexpr std::size_t bytes_in_memory = 4'000'000;
constexpr std::uint64_t room_for_a_slice = 8'000'000;

// Pages are filled once and not looked at again.
constexpr const char* small_cache = "PRAGMA cache_size = -200";
constexpr const char* insert_draft =
    "INSERT INTO batch(id, status, created_at, uid, user, name, key, labels, paused, plan, "
    "priority) VALUES(?1, -1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr const char* insert_item = "INSERT INTO item(id, line, payload) VALUES(?1, ?2, ?3)";
constexpr std::size_t rows_at_once = 25;
constexpr const char* insert_suffix = "INSERT INTO suffix(id, n) VALUES(?1, ?2)";
constexpr const char* show_batch =
    "UPDATE batch SET status = 0, total = ?2, created_at = ?3, confirmed = ?4 WHERE no = ?1";
constexpr const char* forget_old_keys = "DELETE FROM key WHERE until < ?1";
constexpr const char* find_key = "SELECT batch_id, hash, total FROM key WHERE key = ?1";
constexpr const char* find_owner = "SELECT no, bell FROM batch WHERE id = ?1 AND status >= 0";
constexpr const char* insert_key =
    "INSERT INTO key(key, batch_id, hash, total) VALUES(?1, ?2, ?3, ?4)";
constexpr const char* insert_use =
    "INSERT INTO template_use(sha256, batch) VALUES(?1, ?2) ON CONFLICT DO NOTHING";

// So many rows in one statement cost a third less than one by one.
const char* insert_items() {
    static const std::string sql = [] {
        std::string text = "INSERT INTO item(id, line, payload) VALUES(?, ?, ?)";
        for (std::size_t row = 1; row < rows_at_once; ++row) {
            text += ", (?, ?, ?)";
        }
        return text;
    }();
    return sql.c_str();
}

std::string difference(std::int64_t then, std::int64_t now) {
    return then == now ? fmt::format("as many rows, {}; other values or other work", grouped(now))
                       : fmt::format("{} rows then, {} now", grouped(then), grouped(now));
}

Error nothing_stored(const Error& error) {
    return Error(error.kind(), fmt::format("{}; nothing was stored", error.what()), error.hint())
        .with_code(std::string(error.code()));
}

}  // namespace

SqliteDraft::SqliteDraft(Connection& connection, NewBatch batch)
    : connection_(connection), batch_(std::move(batch)) {
    held_.reserve(rows_in_memory + 1);  // what is not used takes no memory
}

SqliteDraft::~SqliteDraft() {
    if (!no_) {
        return;
    }
    try {
        remove_rows(connection_, *no_);
    } catch (const Error&) {
        // Nobody sees the draft; the next daemon removes it, as it does after a crash.
    }
}

void SqliteDraft::add(const NewItem& item) {
    auto* const copy = static_cast<char*>(payloads_.allocate(item.payload.size(), 1));
    item.payload.copy(copy, item.payload.size());
    payload_bytes_ += item.payload.size();
    held_.push_back(
        {.payload = {copy, item.payload.size()}, .line = item.line, .suffix = item.suffix});
    ++size_;
    if (!is_full()) {
        return;
    }
    try {
        store_slices();
    } catch (const Error& error) {
        throw nothing_stored(error);
    }
}

bool SqliteDraft::is_full() const {
    return no_ ? held_.size() >= slice_rows || payload_bytes_ >= slice_bytes
               : held_.size() > rows_in_memory || payload_bytes_ > bytes_in_memory;
}

// Everything was read and checked before the transaction begins: none waits for the input.
void SqliteDraft::store_slices() {
    if (!no_) {
        connection_.execute(small_cache);
    }
    for (std::size_t first = 0; first < held_.size(); first += slice_rows) {
        pause_after_slice(end_of_slice_);
        ensure_room();
        {
            Transaction transaction(connection_, Access::write);
            const BatchNo no = no_ ? *no_ : insert_batch();
            note_writer(connection_, no, drafting);
            store(no, first, std::min<std::size_t>(held_.size(), first + slice_rows));
            crash_point("draft.slice_written");
            transaction.commit();
            crash_point("draft.slice_stored");
            no_ = no;
        }
        checkpoint_in_passing(connection_);
        end_of_slice_ = BootClock::now();
    }
    held_.clear();
    payloads_.release();
    payload_bytes_ = 0;
}

// To take half a batch away again needs room, too: a disk must not be full to the last byte.
void SqliteDraft::ensure_room() const {
    if (free_bytes(connection_.path().parent_path()) < room_for_a_slice) {
        throw state_error(connection_.path(), SQLITE_FULL, {});
    }
}

BatchNo SqliteDraft::insert_batch() {
    const auto hold = batch_.hold ? std::optional(to_json(*batch_.hold)) : std::nullopt;
    connection_.run(insert_draft, batch_.id, now(), batch_.uid, batch_.user, batch_.name,
                    batch_.key, to_json(batch_.labels), hold, to_json(batch_.plan),
                    static_cast<int>(batch_.priority));
    return connection_.last_insert();
}

void SqliteDraft::store(BatchNo no, std::size_t first, std::size_t end) {
    const std::int64_t begin = first_key(no) + size_ - static_cast<std::int64_t>(held_.size());
    const auto key = [begin](std::size_t place) {
        return begin + static_cast<std::int64_t>(place);
    };
    std::size_t place = first;
    while (place + rows_at_once <= end) {
        Statement& insert = connection_.prepared(insert_items());
        insert.start();
        for (const std::size_t stop = place + rows_at_once; place < stop; ++place) {
            insert.add(key(place), held_[place].line, held_[place].payload);
        }
        insert.execute();
    }
    for (; place < end; ++place) {
        connection_.run(insert_item, key(place), held_[place].line, held_[place].payload);
    }
    for (place = first; place < end; ++place) {
        if (held_[place].suffix != 0) {
            connection_.run(insert_suffix, key(place), held_[place].suffix);
        }
    }
}

Published SqliteDraft::publish(std::string_view content) {
    return publish(connection_, {{.draft = this, .content = content}}).front();
}

/// Within a transaction.
Published SqliteDraft::write(std::string_view content) {
    if (auto found = existing(content)) {
        return *found;
    }
    const BatchNo no = no_ ? *no_ : insert_batch();
    store(no, 0, held_.size());
    make_visible(no, content);
    return {.no = no, .id = batch_.id, .created = true, .bell = 1};
}

std::optional<Published> SqliteDraft::existing(std::string_view content) {
    if (!batch_.key) {
        return std::nullopt;
    }
    connection_.run(forget_old_keys, now());
    Rows row = connection_.query(find_key, *batch_.key);
    if (!row.next()) {
        return std::nullopt;
    }
    const std::string id = row.string(0);
    if (row.text(1) != content) {
        throw Error(
            ErrorKind::conflict,
            fmt::format("key \"{}\" belongs to {}, whose content differs ({}); nothing was stored",
                        *batch_.key, short_id(id), difference(row.integer(2), size_)),
            fmt::format("keep that batch, or give this one a key of its own: --key {}-b",
                        *batch_.key));
    }
    Published published{.id = id, .created = false};
    Rows owner = connection_.query(find_owner, id);
    if (owner.next()) {
        published.no = owner.integer(0);
        published.bell = static_cast<int>(owner.integer(1));
    }
    return published;
}

void SqliteDraft::make_visible(BatchNo no, std::string_view content) {
    const TimePoint at = now();
    connection_.run(show_batch, no, size_, at, batch_.local_queue);
    forget_writer(connection_, no);
    if (batch_.key) {
        connection_.run(insert_key, *batch_.key, batch_.id, content, size_);
    }
    for (const Step& step : batch_.plan.steps) {
        if (step.template_ref) {
            connection_.run(insert_use, step.template_ref->sha256, no);
        }
    }
    Ledger ledger(connection_, batch_.user);
    ledger.at(no);
    ledger.event(no, "submitted");
    if (batch_.hold) {
        ledger.event(no, "paused", batch_.hold->code);
    }
    ledger.write(at);
}

std::vector<Published> SqliteDraft::publish(Connection& connection,
                                            const std::vector<Complete>& drafts) {
    try {
        return commit(connection, drafts);
    } catch (const Error& error) {
        throw error.kind() == ErrorKind::state ? nothing_stored(error) : error;
    }
}

std::vector<Published> SqliteDraft::commit(Connection& connection,
                                           const std::vector<Complete>& drafts) {
    std::vector<SqliteDraft*> ours;
    for (const Complete& each : drafts) {
        ours.push_back(static_cast<SqliteDraft*>(each.draft));
        pause_after_slice(ours.back()->end_of_slice_);
    }
    std::vector<Published> published;
    Transaction transaction(connection, Access::write);
    for (std::size_t i = 0; i < ours.size(); ++i) {
        published.push_back(ours[i]->write(drafts[i].content));
    }
    crash_point("submit.written");
    transaction.commit();
    crash_point("submit.stored");
    for (std::size_t i = 0; i < ours.size(); ++i) {
        if (published[i].created) {
            ours[i]->no_.reset();
        }
    }
    checkpoint_in_passing(connection, checkpoint_at_end);
    return published;
}

}  // namespace batch::sqlite
