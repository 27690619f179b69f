#pragma once

#include "core/base/uuid.hpp"
#include "core/os/process.hpp"
#include "core/store/store.hpp"
#include "tests/support/temp_folder.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace batch::testing {

inline NewBatch new_batch(const std::string& name = "rows.csv") {
    NewBatch batch;
    batch.id = uuid_v7(now());
    batch.name = name;
    batch.plan.steps.push_back({.plugin = "exec", .version = "1.0"});
    batch.user = "ada";
    batch.uid = 1000;
    return batch;
}

/// Stores a batch of `count` items with the payloads {"n":"0"}, {"n":"1"}, ...
inline BatchNo submit(Store& store, std::int64_t count, NewBatch batch = new_batch()) {
    const auto draft = store.submitting().draft(std::move(batch));
    for (std::int64_t i = 0; i < count; ++i) {
        draft->add({.payload = fmt::format(R"({{"n":"{}"}})", i), .line = i + 2});
    }
    return draft->publish("digest").no;
}

inline DaemonRow daemon_row() {
    const ProcessName me = own_name();
    return {.boot_id = me.boot_id,
            .pid = me.pid,
            .start_time = static_cast<std::int64_t>(me.start_time),
            .version = "1.0",
            .started_at = now()};
}

inline ItemError item_error(const std::string& code = "exit_1") {
    return {.error_class = ErrorClass::retryable,
            .code = code,
            .message = "it said " + code,
            .step = "exec",
            .attempt = 1,
            .at = now()};
}

inline std::vector<Item> items_of(Store& store, BatchNo batch, const ItemFilter& filter = {}) {
    std::vector<Item> items;
    store.reading().items(batch, filter, [&items](const Item& item) {
        items.push_back(item);
        return true;
    });
    return items;
}

inline Counts counts_of(Store& store, BatchNo batch) {
    return store.reading().batch(batch).value().counts;
}

/// A state of its own with a daemon at work on it.
struct State {
    explicit State(const char* backend = "sqlite") : scheme(backend) {
        store->working().take_over(daemon_row(), {});
    }

    std::unique_ptr<Store> another(OpenMode mode = OpenMode::read_or_create) const {
        return open_store(scheme + ":" + path.string(), mode);
    }

    /// As after kill -9: a new daemon takes over.  Returns how many items it took back; `handed`
    /// had been given to workers.
    std::size_t restart(const std::vector<std::int64_t>& handed = {}) {
        store = another(OpenMode::own);
        return store->working().take_over(daemon_row(), handed);
    }

    /// Claims in a transaction of its own.
    std::optional<Chunk> claim(BatchNo batch, std::size_t limit = 1'000) {
        const auto work = store->working().begin();
        auto chunk = work->claim(batch, limit, 1'000'000);
        work->commit();
        return chunk;
    }

    /// Finishes every item of the chunk.
    void finish(const Chunk& chunk, ItemStatus status = ItemStatus::done,
                const std::string& code = "exit_1") {
        const ItemError error = item_error(code);
        const bool failed = status == ItemStatus::failed;
        const auto work = store->working().begin();
        for (const Claimed& item : chunk.items) {
            work->finish(chunk.claim, {.id = item.id,
                                       .status = status,
                                       .attempts = item.attempts + (failed ? 1 : 0),
                                       .at = now(),
                                       .error = failed ? &error : nullptr});
        }
        work->release(chunk.claim);
        work->commit();
    }

    /// Hands every item of the chunk back; with an error its attempt counts.
    void put_back(const Chunk& chunk, const ItemError* error = nullptr, TimePoint due = {}) {
        const auto work = store->working().begin();
        for (const Claimed& item : chunk.items) {
            work->put_back(chunk.claim, {.id = item.id,
                                         .due = due,
                                         .attempts = item.attempts + (error == nullptr ? 0 : 1),
                                         .error = error});
        }
        work->release(chunk.claim);
        work->commit();
    }

    std::string scheme;
    TempFolder folder;
    std::filesystem::path path = folder.path() / "state.db";
    std::unique_ptr<Store> store = another(OpenMode::own);
};

}  // namespace batch::testing
